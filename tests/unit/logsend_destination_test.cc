#include "tools/logsend/destination.h"

#include <doctest/doctest.h>

#include "tools/logsend/endpoints.h"

using logsend::endpoints;
using logsend::parse_destination;

TEST_CASE("destination: a bare path and file: are files, with their conversions untouched") {
  CHECK(parse_destination({"/var/log/a-%Y"})->urls.front().path == "/var/log/a-%Y");
  CHECK(parse_destination({"file:b"})->urls.front().path == "b");
}

TEST_CASE("destination: a host and a port without a scheme are not taken for a file") {
  const auto destination = parse_destination({"central:6514"});
  REQUIRE_FALSE(destination);
  CHECK(destination.error().kind == base::Kind::usage);
  CHECK(destination.error().text() ==
        "send to central:6514: a scheme is missing; write tcp://central:6514, or ./central:6514 for a file");
  CHECK_FALSE(parse_destination({"[::1]:514"}));
  CHECK(parse_destination({"./central:6514"})->urls.front().path == "./central:6514");
  CHECK(parse_destination({"file:central:6514"})->urls.front().path == "central:6514");
  CHECK(parse_destination({"app-%H:%M"})->urls.front().path == "app-%H:%M");
  CHECK(parse_destination({"app:"})->urls.front().path == "app:");
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
  const std::string text = destination.error().text();
  CHECK(text.starts_with(
      "send to foo://a:1: cannot send to foo; known are tcp, tls, unix, relp, relps, logd, logds, amqp, amqps, udp, "
      "unixgram, file, http, https, postgresql, postgres, kafka and kafkas, and no program logsend-foo is in "));
  CHECK(text.ends_with("PATH"));
}

TEST_CASE("destination: a plugin is asked for what is not built in") {
  CHECK(endpoints().plugin("foo://a:1") == "logsend-foo");
  CHECK_FALSE(endpoints().plugin("relp://a:1"));
  CHECK_FALSE(endpoints().plugin("tcp://a:1"));
  CHECK_FALSE(endpoints().plugin("unix:///run/a"));
  CHECK_FALSE(endpoints().plugin("file:///a"));
  CHECK_FALSE(endpoints().plugin("--wire"));
}

TEST_CASE("destination: servers of logd stand alone, and listen on 1774") {
  const auto destination = parse_destination({"logd://a", "logds://b:2"});
  REQUIRE(destination);
  CHECK(logsend::all_endpoints()[destination->kind] == &logsend::kLogd);
  CHECK(destination->urls.front().port == 1774);
  CHECK(parse_destination({"logd://a", "relp://b:2"}).error().kind == base::Kind::usage);
}

TEST_CASE("destination: RELP servers and plain streams do not stand in for one another") {
  CHECK(parse_destination({"relp://a:1", "relps://b:2"})->urls.size() == 2);
  CHECK(parse_destination({"relp://a:1", "tcp://b:2"}).error().kind == base::Kind::usage);
}

TEST_CASE("destination: TLS is needed where one of the addresses says so") {
  CHECK(endpoints().use_tls(parse_destination({"relp://a:1", "relps://b:2"})->urls));
  CHECK_FALSE(endpoints().use_tls(parse_destination({"relp://a:1"})->urls));
}
