#include "tools/logcat/wire.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/malformed.h"
#include "tests/unit/random.h"
#include "tests/unit/wire_properties.h"

using namespace std::string_literals;

namespace {

using stream::Framing;
using Strings = std::vector<std::string>;

constexpr std::size_t kMost = 1000;

// Fed one byte at a time and all at once, which must not make a difference.
Strings read(std::string_view bytes, std::optional<Framing> framing = {}) {
  const wire_test::Reading whole = wire_test::read(bytes, kMost, {}, framing);
  CHECK(whole == wire_test::read(bytes, kMost, {1}, framing));
  CHECK(whole.whole);
  CHECK_FALSE(whole.refused);
  return whole.messages;
}

bool refused(std::string_view bytes) {
  const wire_test::Reading whole = wire_test::read(bytes, kMost, {});
  CHECK(whole == wire_test::read(bytes, kMost, {1}));
  CHECK((!whole.refused || whole.messages.empty()));
  return whole.refused;
}

}  // namespace

TEST_CASE("a stream of either framing is read as what it is") {
  CHECK(read("one\n\nlast") == Strings{"one", "", "last"});
  CHECK(read("one\r\n\r\nlast\r") == Strings{"one", "", "last\r"});
  CHECK(read("one\0two\nlines\0"s) == Strings{"one", "two", "lines"});
  CHECK(read("3 a\nb0 1 c") == Strings{"a\nb", "", "c"});
  CHECK(read("").empty());
}

TEST_CASE("a connection may change from one framing to another") {
  CHECK(read("one\n5 a\nbcdtwo\0three\r\n1 x1 yend"s) == Strings{"one", "a\nbcd", "two", "three", "x", "y", "end"});
}

TEST_CASE("line ends, NULs and blanks behind a counted frame are skipped") {
  CHECK(read("1 a\n1 b\r\n1 c\0"s + "1 d \t1 e\n\n\n<13>f\n") == Strings{"a", "b", "c", "d", "e", "<13>f"});
}

TEST_CASE("what could be a count but is none is text") {
  CHECK(read("12\n34") == Strings{"12", "34"});
  CHECK(read("12") == Strings{"12"});
  CHECK(read("05 apples\n") == Strings{"05 apples"});
  CHECK(read("1001 apples\n") == Strings{"1001 apples"});
  CHECK(read("10.0.0.1 - -\n2024-03-01 x\n1709290000 y\n99999999999999 z\n") ==
        Strings{"10.0.0.1 - -", "2024-03-01 x", "1709290000 y", "99999999999999 z"});
}

TEST_CASE("a CR that no LF follows belongs to the message") {
  CHECK(read("a\rb\n") == Strings{"a\rb"});
  CHECK(read("a\r\r\n") == Strings{"a\r"});
  CHECK(read("a\r\0b"s) == Strings{"a\r", "b"});
}

TEST_CASE("a text over the limit is cut, the CR before its LF not counted") {
  const std::string most(kMost, 'x');
  CHECK(read(most + "\r\n" + most + "y\n") == Strings{most, most, "y"});
  logcat::WireReader wire(std::nullopt, kMost);
  stream::Batch batch;
  REQUIRE(wire.feed(most + "y\n" + most + "\n", batch).has_value());
  CHECK(wire.split() == 1);
}

TEST_CASE("a stream that ends inside a counted frame gets advice") {
  logcat::WireReader wire(std::nullopt, kMost);
  stream::Batch batch;
  REQUIRE(wire.feed("200 GET /\n", batch).has_value());
  const auto finished = wire.finish(batch);
  REQUIRE_FALSE(finished.has_value());
  CHECK(finished.error().why.ends_with("if these are lines, use --input-framing line"));
  CHECK(batch.empty());
}

TEST_CASE("a framing that is given is not guessed") {
  CHECK(read("5 apples\r\n", Framing::line) == Strings{"5 apples\r"});
  CHECK(read("GET / HTTP/1.1\r\n", Framing::line) == Strings{"GET / HTTP/1.1\r"});
}

TEST_CASE("a TLS handshake and an HTTP request are refused") {
  CHECK(refused("\x16\x03\x01\x02\x00\x01rest of a ClientHello\n"s));
  CHECK(refused("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"));
  CHECK(refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
}

TEST_CASE("what only looks like TLS or HTTP at first is text") {
  CHECK(read("\x16\x02\n") == Strings{"\x16\x02"});
  CHECK(read("GET / HTTP/1.1\n") == Strings{"GET / HTTP/1.1"});
  CHECK(read("GET ready\r\nnow") == Strings{"GET ready", "now"});
  CHECK(read("PUT") == Strings{"PUT"});
  CHECK(read("a\nGET / HTTP/1.1\r\n") == Strings{"a", "GET / HTTP/1.1"});
  CHECK(read("GET " + std::string(9000, 'x') + "\n").size() == 10);
}

TEST_CASE("generated streams are read as by the model, whatever pieces they come in") {
  const std::vector<std::string> parts{"\n",        "\r",   "\r\n", "\0"s,  " ",    "\t",
                                       "0 ",        "1 ",   "7 ",   "12",   "012 ", "99999999999 ",
                                       "x",         "<13>", "GET ", "\x16", "\x03", "text of some length",
                                       "5 a\nb\0c"s};
  unit::Random random;
  for (std::size_t i = malformed::wanted(20000); i > 0; --i) {
    std::string input;
    for (std::size_t count = random.below(20); count > 0; --count) input += random.pick(parts);
    const std::vector<std::size_t> sizes{random.below(5), random.below(9), random.below(40)};
    INFO(input);
    REQUIRE(wire_test::broken_property(input, 1 + random.below(20), sizes) == "");
  }
}
