#include "tools/logcat/wire.h"

#include <doctest/doctest.h>

#include <vector>

namespace {

using stream::Framing;
using Strings = std::vector<std::string>;

// Fed one byte at a time, which must not make a difference.
Strings read(std::string_view bytes, std::optional<Framing> framing = {}) {
  logcat::WireReader wire(framing, 1000);
  stream::Batch batch;
  for (const char byte : bytes) REQUIRE(wire.feed({&byte, 1}, batch).has_value());
  REQUIRE(wire.finish(batch).has_value());
  Strings messages;
  batch.for_each([&](std::size_t, std::string_view message) { messages.emplace_back(message); });
  return messages;
}

}  // namespace

TEST_CASE("a number and a space is octet counting, all else is lines") {
  CHECK(logcat::tell_framing("5 ") == Framing::octet);
  CHECK(logcat::tell_framing("999999999 ") == Framing::octet);
  CHECK(logcat::tell_framing("0 ") == Framing::octet);
  CHECK(logcat::tell_framing("<13>") == Framing::line);
  CHECK(logcat::tell_framing("10.0.0.1 ") == Framing::line);
  CHECK(logcat::tell_framing("2024-03-01 ") == Framing::line);
  CHECK(logcat::tell_framing("1709290000 ") == Framing::line);
  CHECK(logcat::tell_framing("05 ") == Framing::line);
  CHECK(logcat::tell_framing("\n") == Framing::line);
}

TEST_CASE("digits alone do not tell yet") {
  CHECK_FALSE(logcat::tell_framing(""));
  CHECK_FALSE(logcat::tell_framing("0"));
  CHECK_FALSE(logcat::tell_framing("123456789"));
}

TEST_CASE("a connection of either kind is read as what it is") {
  CHECK(read("one\n\nlast") == Strings{"one", "", "last"});
  CHECK(read("3 a\nb0 1 c") == Strings{"a\nb", "", "c"});
  CHECK(read("12\n34") == Strings{"12", "34"});
  CHECK(read("12") == Strings{"12"});
  CHECK(read("").empty());
}

TEST_CASE("a framing that is given is not guessed") {
  CHECK(read("5 apples\n", Framing::line) == Strings{"5 apples"});
}

TEST_CASE("lines that were taken for octet counting get advice") {
  logcat::WireReader wire(std::nullopt, 1000);
  stream::Batch batch;
  const auto fed = wire.feed("5 apples\n", batch);
  REQUIRE_FALSE(fed.has_value());
  CHECK(fed.error().why.ends_with("? If these are lines, use --input-framing line"));
  CHECK(batch.block() == "apple\n");
}
