#include <doctest/doctest.h>

#include "redis/address.h"

using redis::parse_address;

namespace {

std::string why(std::string_view text) {
  const auto address = parse_address(text);
  REQUIRE(!address);
  CHECK(address.error().kind == base::Kind::usage);
  return address.error().text();
}

}  // namespace

TEST_CASE("redis: host, port and database") {
  const auto address = parse_address("redis://central:7000/3");
  REQUIRE(address);
  REQUIRE(address->servers.size() == 1);
  CHECK(address->servers[0].host == "central");
  CHECK(address->servers[0].port == 7000);
  CHECK(address->database == 3);
  CHECK(!address->needs_tls());
  CHECK(address->text() == "redis://central:7000/3");
}

TEST_CASE("redis: without a port 6379, without a number database 0") {
  const auto address = parse_address("rediss://[::1]");
  REQUIRE(address);
  CHECK(address->servers[0].host == "::1");
  CHECK(address->servers[0].port == 6379);
  CHECK(address->database == 0);
  CHECK(address->needs_tls());
}

TEST_CASE("redis: user and password are decoded and do not show") {
  const auto address = parse_address("redis://us%40er:p%2Fw%3A@h/1");
  REQUIRE(address);
  CHECK(address->credentials.user == "us@er");
  CHECK(address->credentials.password == "p/w:");
  CHECK(address->text() == "redis://h:6379/1");
}

TEST_CASE("redis: several servers, of which only the whole has a password") {
  const auto address = parse_address("redis://:secret@one:1,two,[::1]:3");
  REQUIRE(address);
  REQUIRE(address->servers.size() == 3);
  CHECK(address->servers[1].port == 6379);
  CHECK(address->servers[2].host == "::1");
  CHECK(address->servers[0].password.empty());
  CHECK(address->text() == "redis://one:1,two:6379,[::1]:3");
}

TEST_CASE("redis: Sentinels and the master's name") {
  const auto address = parse_address("redis+sentinel://u:p@s1,s2:5000/main/2");
  REQUIRE(address);
  CHECK(address->servers[0].port == 26379);
  CHECK(address->servers[1].port == 5000);
  CHECK(address->master == "main");
  CHECK(address->database == 2);
  CHECK(address->text() == "redis+sentinel://s1:26379,s2:5000/main/2");
}

TEST_CASE("redis: a Unix socket and its database") {
  const auto address = parse_address("unix:/run/redis.sock?db=4");
  REQUIRE(address);
  CHECK(address->servers[0].path == "/run/redis.sock");
  CHECK(address->database == 4);
  CHECK(address->text() == "unix:/run/redis.sock?db=4");
}

TEST_CASE("redis: what is no address says why, and shows no password") {
  CHECK(why("tcp://h:1").find("redis://HOST:PORT") != std::string::npos);
  CHECK(why("redis://").find("host") != std::string::npos);
  CHECK(why("redis://h/x").find("database") != std::string::npos);
  CHECK(why("redis+sentinel://h").find("master") != std::string::npos);
  CHECK(why("redis://u:secret@h/x").find("secret") == std::string::npos);
  CHECK(why("redis://u:secret@h:port").find("secret") == std::string::npos);
  CHECK(why("redis://u:se/cret@h:port").find("cret") == std::string::npos);
}

TEST_CASE("a direction is a host and a port; without a host it is the same") {
  const net::Url current{.scheme = "redis", .host = "here", .port = 1};
  CHECK(redis::parse_direction("there:7001", current)->host == "there");
  CHECK(redis::parse_direction(":7001", current)->host == "here");
  CHECK(redis::parse_direction("fe80::1:7001", current)->host == "fe80::1");
  CHECK(redis::parse_direction("fe80::1:7001", current)->port == 7001);
  CHECK(!redis::parse_direction("there", current));
  CHECK(!redis::parse_direction("there:0", current));
  CHECK(!redis::parse_direction("there:70000", current));
}
