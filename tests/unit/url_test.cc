#include "net/url.h"

#include <doctest/doctest.h>

namespace {

net::Url parsed(std::string_view text) {
  auto url = net::parse_url(text);
  REQUIRE_MESSAGE(url.has_value(), url.error().text());
  return *url;
}

std::string rejected(std::string_view text) {
  const auto url = net::parse_url(text);
  REQUIRE_FALSE(url.has_value());
  CHECK(url.error().kind == base::Kind::usage);
  return url.error().text();
}

}  // namespace

TEST_CASE("a dash is stdin") {
  CHECK(parsed("-").scheme == "-");
  CHECK(parsed("-").text() == "-");
  CHECK_FALSE(parsed("-").is_network());
}

TEST_CASE("a bare path is a file, also with a colon in it") {
  CHECK(parsed("a:b").scheme == "file");
  CHECK(parsed("a:b").path == "a:b");
  CHECK(parsed("/var/log/x y%20").path == "/var/log/x y%20");
  CHECK(parsed("./tcp:x").text() == "./tcp:x");
}

TEST_CASE("path schemes keep the path as written") {
  CHECK(parsed("file:-").path == "-");
  CHECK(parsed("FILE:a%20b").path == "a%20b");
  CHECK(parsed("file:///var/log/x").path == "/var/log/x");
  CHECK(parsed("unix:/run/x.sock").text() == "unix:/run/x.sock");
  CHECK(parsed("unixgram:x").scheme == "unixgram");
  CHECK(parsed("dir:in").scheme == "dir");
  CHECK(parsed("buf:/var/lib/q").scheme == "buf");
}

TEST_CASE("a path scheme needs a path and takes no host") {
  CHECK(net::parse_url("ring:")->path.empty());
  CHECK(rejected("unix:") == "unix:: the path is missing");
  CHECK(rejected("file://") == "file://: a path has no host; write file:PATH");
  CHECK(rejected("file://host/x") == "file://host/x: a path has no host; write file:PATH");
  CHECK(rejected("") == "read address: it is empty");
}

TEST_CASE("a network address has a host and a port") {
  const net::Url url = parsed("TCP://central.example:6514");
  CHECK(url.scheme == "tcp");
  CHECK(url.host == "central.example");
  CHECK(url.port == 6514);
  CHECK(url.is_network());
  CHECK(url.text() == "tcp://central.example:6514");
}

TEST_CASE("a network address may name no host") {
  CHECK(parsed("relp://:2514").host.empty());
  CHECK(parsed("relp://:2514").port == 2514);
  CHECK(parsed("tcp://:0").text() == "tcp://:0");
  CHECK(parsed("tcp://:0").is_network());
}

TEST_CASE("an IPv6 address stands in brackets") {
  CHECK(parsed("tcp://[::1]:514").host == "::1");
  CHECK(parsed("tcp://[fe80::1%eth0]:514").host == "fe80::1%eth0");
  CHECK(parsed("tcp://[fe80::1%25eth0]:514").host == "fe80::1%eth0");
  CHECK(parsed("tcp://[fe80::1%25eth0]:514").text() == "tcp://[fe80::1%eth0]:514");
  CHECK(parsed("tcp://[fe80::1%25]:514").host == "fe80::1%25");
  CHECK(parsed("tcp://[::]:514").text() == "tcp://[::]:514");
  CHECK(rejected("tcp://::1:514") == "tcp://::1:514: an IPv6 address needs brackets: tcp://[::1]:PORT");
  CHECK(rejected("tcp://[::1:514") == "tcp://[::1:514: the ']' of the IPv6 address is missing");
  CHECK(rejected("tcp://[1.2.3.4]:5") == "tcp://[1.2.3.4]:5: there is no IPv6 address in the brackets");
  CHECK(rejected("tcp://[::1]514") == "tcp://[::1]514: only a port can follow the ']'");
}

TEST_CASE("a port that is missing or no port is refused") {
  CHECK(rejected("tcp://host") == "tcp://host: the port is missing");
  CHECK(rejected("tcp://host:") == "tcp://host:: the port is missing");
  CHECK(rejected("tcp://") == "tcp://: the port is missing");
  CHECK(rejected("tcp://host:65536") == "tcp://host:65536: the port must be a number from 0 to 65535");
  CHECK(rejected("tcp://host:5x") == "tcp://host:5x: the port must be a number from 0 to 65535");
  CHECK(rejected("tcp://host:-1") == "tcp://host:-1: the port must be a number from 0 to 65535");
}

TEST_CASE("schemes with a registered port need none") {
  CHECK(parsed("http://host/in?x=1").port == 80);
  CHECK(parsed("http://host/in?x=1").path == "/in?x=1");
  CHECK(parsed("https://host").port == 443);
  CHECK(parsed("redis://host").port == 6379);
}

TEST_CASE("nothing but a slash follows the port of a plain transport") {
  CHECK(parsed("tcp://host:1/").path == "/");
  CHECK(rejected("tcp://host:1/x") == "tcp://host:1/x: nothing can follow the port");
}

TEST_CASE("a network scheme without its slashes is pointed out") {
  CHECK(rejected("tcp:host:1") == "tcp:host:1: write tcp://HOST:PORT, or ./tcp:host:1 for a file");
}

TEST_CASE("a bare address is pointed out") {
  CHECK(rejected("127.0.0.1:6514") ==
        "127.0.0.1:6514: write tcp://127.0.0.1:6514 (or another scheme), or ./127.0.0.1:6514 for a file");
  CHECK(rejected("[::1]:514").find("tcp://[::1]:514") != std::string::npos);
  CHECK(rejected("localhost:514").find("tcp://localhost:514") != std::string::npos);
  CHECK(rejected(":514").find("tcp://:514") != std::string::npos);
  CHECK(parsed("app.log:1").scheme == "file");
  CHECK(parsed("./127.0.0.1:6514").scheme == "file");
}

TEST_CASE("a password that would end the host early is refused with what to write, and not shown") {
  for (const char* text : {"redis://u:p#w@h", "redis://u:p?w@h/0", "redis://u:1/2@h", "logd://u:1#@h"}) {
    CAPTURE(text);
    const std::string why = rejected(text);
    CHECK(why.find("%23 for '#'") != std::string::npos);
    CHECK(why.find("p#w") == std::string::npos);
  }
  CHECK(parsed("redis://u:p%23w%3F%2F@h").password == "p#w?/");
  CHECK(parsed("https://h:1/a@b").path == "/a@b");
}

TEST_CASE("user info is decoded and never shown with its password") {
  const net::Url url = parsed("redis://u%40x:p%3Aw@h:1/0");
  CHECK(url.user == "u@x");
  CHECK(url.password == "p:w");
  CHECK(url.text() == "redis://u%40x:***@h:1/0");
  CHECK(parsed("http://only@h").text() == "http://only@h:80");
  CHECK(parsed("redis://:secret@h").text() == "redis://:***@h:6379");
}

TEST_CASE("a rejected address does not show its password either") {
  CHECK(rejected("redis://u:pa/qqq@h:1").find("qqq") == std::string::npos);
  CHECK(rejected("redis://u:s%zz@h:1") ==
        "redis://u:***@h:1: '%' must be followed by two hexadecimal digits; write %25 for '%' itself");
  CHECK(rejected("tcp://u:secret@h") == "tcp://u:***@h: the port is missing");
}

TEST_CASE("an escape must be whole and must not hide a NUL") {
  CHECK(rejected("tcp://h%4:1").find("'%' must be followed") != std::string::npos);
  CHECK(rejected("tcp://h%00:1").find("'%' must be followed") != std::string::npos);
  CHECK(parsed("tcp://%68ost:1").host == "host");
}

TEST_CASE("an unknown scheme is parsed and left to the tool") {
  CHECK(parsed("foo://h/x").scheme == "foo");
  CHECK(parsed("foo://h/x").host == "h");
  CHECK(parsed("foo://h/x").port == 0);
  CHECK(parsed("foo://h/x").text() == "foo://h/x");
  CHECK(parsed("foo:bar").scheme == "file");
}

TEST_CASE("a name after fd= is a socket that the process was started with") {
  const net::Url url = parsed("tcp://fd=logcat@x.socket");
  CHECK(url.inherited_name() == "logcat@x.socket");
  CHECK(url.user.empty());
  CHECK(url.port == 0);
  CHECK(url.text() == "tcp://fd=logcat@x.socket");
  CHECK(parsed("https://fd=web").text() == "https://fd=web");
  CHECK(parsed("unix:fd=log").inherited_name() == "log");
  CHECK(parsed("unixgram:fd=log").text() == "unixgram:fd=log");
}

TEST_CASE("other addresses name no inherited socket") {
  for (const char* text : {"tcp://fd:514", "unix:./fd=x", "file:fd=x", "fd=x", "-", "tcp://x@host:1"})
    CHECK(parsed(text).inherited_name().empty());
  CHECK(rejected("tcp://fd=x:514") == "tcp://fd=x:514: a socket that is named by fd= has no port");
  CHECK(rejected("tcp://fd=") == "tcp://fd=: the port is missing");
}

TEST_CASE("kafka: several hosts, each with a port") {
  const net::Url url = parsed("kafkas://u:p%2C@a,b:1,[::1]/logs-%{appname}");
  CHECK(url.host == "a");
  CHECK(url.port == 9093);
  CHECK(url.more_hosts == "b:1,[::1]:9093");
  CHECK(url.password == "p,");
  CHECK(url.path == "/logs-%{appname}");
  CHECK(url.uses_tls());
  CHECK(url.text() == "kafkas://u:***@a:9093,b:1,[::1]:9093/logs-%{appname}");
  CHECK(parsed("kafka://a/t").text() == "kafka://a:9092/t");
  CHECK(rejected("kafka://a,/t").ends_with("a host is missing behind the comma"));
  CHECK(rejected("kafka://a,,b/t").ends_with("a host is missing between the commas"));
  CHECK(rejected("kafka://a,b:x/t").ends_with("the port must be a number from 0 to 65535"));
  CHECK(parsed("relp://a,b:1").host == "a,b");
}
