#include "tools/logsend/destination.h"

#include <doctest/doctest.h>

using logsend::parse_destination;
using logsend::plugin_name;

TEST_CASE("destination: a bare path and file: are files, with their conversions untouched") {
  CHECK(parse_destination({"/var/log/a-%Y"})->file == "/var/log/a-%Y");
  CHECK(parse_destination({"file:b"})->file == "b");
}

TEST_CASE("destination: a host and a port without a scheme are not taken for a file") {
  const auto destination = parse_destination({"central:6514"});
  REQUIRE_FALSE(destination);
  CHECK(destination.error().kind == base::Kind::usage);
  CHECK(destination.error().text() ==
        "send to central:6514: a scheme is missing; write tcp://central:6514, or ./central:6514 for a file");
  CHECK_FALSE(parse_destination({"[::1]:514"}));
  CHECK(parse_destination({"./central:6514"})->file == "./central:6514");
  CHECK(parse_destination({"file:central:6514"})->file == "central:6514");
  CHECK(parse_destination({"app-%H:%M"})->file == "app-%H:%M");
  CHECK(parse_destination({"app:"})->file == "app:");
}

TEST_CASE("destination: sockets stay in their order") {
  const auto destination = parse_destination({"tcp://a:1", "unix:/run/b"});
  REQUIRE(destination);
  REQUIRE(destination->urls.size() == 2);
  CHECK(destination->urls[0].host == "a");
  CHECK(destination->urls[1].path == "/run/b");
}

TEST_CASE("destination: a file stands alone") {
  CHECK(parse_destination({"tcp://a:1", "b"}).error().kind == base::Kind::usage);
  CHECK(parse_destination({"a", "b"}).error().kind == base::Kind::usage);
}

TEST_CASE("destination: stdout is none") {
  CHECK(parse_destination({"-"}).error().kind == base::Kind::usage);
}

TEST_CASE("destination: an unknown scheme is unavailable and the known ones are listed") {
  const auto destination = parse_destination({"foo://a:1"});
  REQUIRE_FALSE(destination);
  CHECK(destination.error().kind == base::Kind::unavailable);
  CHECK(destination.error().text() ==
        "send to foo://a:1: cannot send to foo; known are file, tcp, tls, udp, unix, unixgram, relp, relps, logd and "
        "logds, and no "
        "program logsend-foo is in PATH");
}

TEST_CASE("destination: a plugin is asked for what is not built in") {
  CHECK(plugin_name("foo://a:1") == "logsend-foo");
  CHECK_FALSE(plugin_name("relp://a:1"));
  CHECK_FALSE(plugin_name("tcp://a:1"));
  CHECK_FALSE(plugin_name("unix:///run/a"));
  CHECK_FALSE(plugin_name("file:///a"));
  CHECK_FALSE(plugin_name("--wire"));
}

TEST_CASE("destination: servers of logd stand alone, and listen on 1774") {
  const auto destination = parse_destination({"logd://a", "logds://b:2"});
  REQUIRE(destination);
  CHECK(destination->kind == logsend::Kind::logd);
  CHECK(destination->needs_tls());
  CHECK(destination->urls.front().port == 1774);
  CHECK(parse_destination({"logd://a", "relp://b:2"}).error().kind == base::Kind::usage);
}

TEST_CASE("destination: RELP servers and plain streams do not stand in for one another") {
  CHECK(parse_destination({"relp://a:1", "relps://b:2"})->urls.size() == 2);
  CHECK(parse_destination({"relp://a:1", "tcp://b:2"}).error().kind == base::Kind::usage);
}
