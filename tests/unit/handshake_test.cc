#include "stream/handshake.h"

#include <doctest/doctest.h>

using base::Kind;
using stream::Strength;

TEST_CASE("an invitation comes out as it went in") {
  const std::string value = stream::format_invitation({1048576, "6a1f/default/1"}, 4711);
  CHECK(value == "1 pid=4711 max=1048576 origin=6a1f/default/1");
  const auto parsed = stream::parse_invitation(value, 4711);
  REQUIRE(parsed);
  REQUIRE(*parsed);
  CHECK((*parsed)->max_message == 1048576);
  CHECK((*parsed)->origin == "6a1f/default/1");
}

TEST_CASE("an invitation says how long a sink may try to reach what it delivers to, where there is a fallback") {
  const std::string value =
      stream::format_invitation({.max_message = 10, .origin = "o", .retry_time = std::chrono::seconds(5)}, 1);
  CHECK(value == "1 pid=1 max=10 retry=5000ms origin=o");
  CHECK((*stream::parse_invitation(value, 1))->retry_time == std::chrono::seconds(5));
  CHECK_FALSE((*stream::parse_invitation("1 pid=1 max=10", 1))->retry_time);
  CHECK_FALSE(stream::parse_invitation("1 pid=1 max=10 retry=soon", 1));
}

TEST_CASE("an invitation says how many hops there are before the child, where it is not the first") {
  const std::string value = stream::format_invitation({.max_message = 10, .origin = "hop=9", .hop = 3}, 1);
  CHECK(value == "1 pid=1 max=10 hop=3 origin=hop=9");
  CHECK((*stream::parse_invitation(value, 1))->hop == 3);
  CHECK((*stream::parse_invitation("1 pid=1 max=10", 1))->hop == 1);
  for (const char* wrong : {"1 pid=1 max=10 hop=0", "1 pid=1 max=10 hop=101", "1 pid=1 max=10 hop=far"})
    CHECK_FALSE(stream::parse_invitation(wrong, 1));
}

TEST_CASE("in a chain of hops each waits less for a greeting, and reads on for longer, than the one before") {
  using namespace std::chrono_literals;
  CHECK(stream::greeting_time(1) == 10s);
  CHECK(stream::linger_time(1, 10s) == 5s);
  for (unsigned hop = 1; hop < 20; ++hop) {
    CHECK(stream::greeting_time(hop + 1) < stream::greeting_time(hop));
    CHECK(stream::linger_time(hop + 1, 10s) > stream::linger_time(hop, 10s));
    CHECK(stream::linger_time(hop + 1, 10s) < 10s);
  }
}

TEST_CASE("an invitation without an origin has none") {
  const auto parsed = stream::parse_invitation(stream::format_invitation({10, ""}, 1), 1);
  REQUIRE(parsed);
  REQUIRE(*parsed);
  CHECK((*parsed)->origin.empty());
}

TEST_CASE("an origin may hold spaces and equals signs") {
  const std::string origin = "6a1f/my consumer/pid=7 max=9";
  const auto parsed = stream::parse_invitation(stream::format_invitation({10, origin}, 1), 1);
  REQUIRE(parsed);
  REQUIRE(*parsed);
  CHECK((*parsed)->origin == origin);
  CHECK((*parsed)->max_message == 10);
}

TEST_CASE("an invitation for another process is none") {
  const auto parsed = stream::parse_invitation("1 pid=4711 max=10", 4712);
  REQUIRE(parsed);
  CHECK_FALSE(*parsed);
}

TEST_CASE("an invitation of another version for another process is none") {
  const auto parsed = stream::parse_invitation("2 pid=4711 key=value", 4712);
  REQUIRE(parsed);
  CHECK_FALSE(*parsed);
}

TEST_CASE("an invitation of another version is an error that names both") {
  const auto parsed = stream::parse_invitation("2 pid=4711 max=10", 4711);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().kind == Kind::protocol);
  CHECK(
      parsed.error().text() ==
      "understand LOGPIPE=\"2 pid=4711 max=10\": the other side speaks version \"2\" of logpipe, this program version "
      "1");
}

TEST_CASE("unknown fields of an invitation are passed over") {
  const auto parsed = stream::parse_invitation("1 colour=red pid=1 max=10 flag origin=o", 1);
  REQUIRE(parsed);
  REQUIRE(*parsed);
  CHECK((*parsed)->origin == "o");
}

TEST_CASE("a damaged invitation is an error") {
  for (const char* value :
       {"", "1", "yes", "1 max=10", "1 pid=x max=10", "1 pid=1", "1 pid=1 max=", "1 pid=1 max=-1"}) {
    CAPTURE(value);
    const auto parsed = stream::parse_invitation(value, 1);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == Kind::protocol);
  }
}

TEST_CASE("a greeting comes out as it went in") {
  CHECK(stream::format_greeting({Strength::stored, 1234}) == "logpipe 1 stored last=1234\n");
  CHECK(stream::format_greeting({Strength::sent, {}}) == "logpipe 1 sent\n");
  const auto parsed = stream::parse_greeting("logpipe 1 stored last=1234");
  REQUIRE(parsed);
  CHECK(parsed->strength == Strength::stored);
  CHECK(parsed->last == 1234U);
}

TEST_CASE("a greeting may leave out the last id and have fields of its own") {
  const auto parsed = stream::parse_greeting("logpipe 1 peer colour=red");
  REQUIRE(parsed);
  CHECK(parsed->strength == Strength::peer);
  CHECK_FALSE(parsed->last);
}

TEST_CASE("a greeting says what the last message was, so that another history shows") {
  const stream::LastTaken taken{18446744073709551615U, base::WallTime(std::chrono::nanoseconds(1795170877383670207))};
  const std::string line = stream::format_greeting({stream::Strength::stored, 7, taken});
  CHECK(line == "logpipe 1 stored last=7 fingerprint=18446744073709551615 taken=1795170877383670207\n");
  const auto parsed = stream::parse_greeting(line.substr(0, line.size() - 1));
  REQUIRE(parsed);
  REQUIRE(parsed->taken);
  CHECK(parsed->taken->fingerprint == taken.fingerprint);
  CHECK(parsed->taken->when == taken.when);
}

TEST_CASE("a greeting of rewritten messages says when the last one was taken, and not what it was") {
  const stream::LastTaken taken{{}, base::WallTime(std::chrono::nanoseconds(5))};
  const std::string line = stream::format_greeting({stream::Strength::peer, 7, taken});
  CHECK(line == "logpipe 1 peer last=7 taken=5\n");
  const auto parsed = stream::parse_greeting(line.substr(0, line.size() - 1));
  REQUIRE(parsed);
  REQUIRE(parsed->taken);
  CHECK_FALSE(parsed->taken->fingerprint);
  CHECK(parsed->taken->when == taken.when);
}

TEST_CASE("the last id of a greeting is any unsigned 64-bit number") {
  const auto parsed = stream::parse_greeting("logpipe 1 stored last=18446744073709551615");
  REQUIRE(parsed);
  CHECK(parsed->last == 18446744073709551615U);
}

TEST_CASE("a line that is no greeting is an error") {
  for (const char* line :
       {"", "hello", "logpipe", "logpipe 1", "logpipe 1 ", "logpipe 1 strong", " logpipe 1 sent", "logpipe  1 sent",
        "logpipe 1 sent last=", "logpipe 1 sent last=-1", "logpipe 1 sent last=1x", "logpipe 1 sent  last=1",
        "logpipe 1 sent\r", "logpipe 1 sent last", "logpipe 1 sent =1", "logpipe 1 sent last=18446744073709551616"}) {
    CAPTURE(line);
    const auto parsed = stream::parse_greeting(line);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == Kind::protocol);
  }
}

TEST_CASE("a greeting of another version is an error that names both") {
  const auto parsed = stream::parse_greeting("logpipe 3 stored");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().why == "the other side speaks version \"3\" of logpipe, this program version 1");
}

TEST_CASE("a strange answer is shown escaped and cut") {
  const auto parsed = stream::parse_greeting("\x1b[31m" + std::string(200, 'x'));
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().what == "understand answer \"\\x1b[31m" + std::string(55, 'x') + "\"...");
}
