#include "tools/logcat/endpoints.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace {

using Strings = std::vector<std::string>;

// The URLs of one kind, as text.
Strings urls_of(const logcat::Endpoint& kind, const Strings& addresses) {
  const auto sources = logcat::parse_sources(addresses);
  REQUIRE(sources);
  const auto all = logcat::all_endpoints();
  Strings texts;
  for (const net::Url& url : (*sources)[static_cast<std::size_t>(std::ranges::find(all, &kind) - all.begin())])
    texts.push_back(url.text());
  return texts;
}

}  // namespace

TEST_CASE("no address is stdin") {
  CHECK(urls_of(logcat::kFiles, {}) == Strings{"-"});
}

TEST_CASE("each address goes to the kind of source that has its scheme") {
  const Strings addresses{"tcp://:1", "udp://:2", "unix:/x", "relps://:3"};
  CHECK(urls_of(logcat::kStreams, addresses) == Strings{"tcp://:1", "unix:/x"});
  CHECK(urls_of(logcat::kDatagrams, addresses) == Strings{"udp://:2"});
  CHECK(urls_of(logcat::kRelp, addresses) == Strings{"relps://:3"});
  CHECK(urls_of(logcat::kFiles, addresses).empty());
}

TEST_CASE("files and listeners do not mix") {
  const auto mixed = logcat::parse_sources({"a", "tcp://:1"});
  REQUIRE_FALSE(mixed);
  CHECK(mixed.error().kind == base::Kind::usage);
  CHECK(mixed.error().text() == "read a and tcp://:1: files end and listeners do not: use a process for each");
}

TEST_CASE("an unknown scheme belongs to a plugin") {
  CHECK(logcat::endpoints().plugin("foo://x") == "logcat-foo");
  CHECK_FALSE(logcat::endpoints().plugin("tcp://:1"));
  CHECK_FALSE(logcat::endpoints().plugin("a/b"));
  CHECK_FALSE(logcat::endpoints().plugin("--option=foo://x"));
  const auto missing = logcat::parse_sources({"foo://x"});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == base::Kind::unavailable);
  CHECK(missing.error().text().starts_with(
      "read from foo://x: cannot read foo; known are file, tcp, tls, unix, udp, "
      "unixgram, relp, relps, http, https, ring, amqp, amqps, kafka and kafkas, and no "
      "program logcat-foo is in /"));
  CHECK(missing.error().text().ends_with("/libexec/logpipe or PATH"));
}
