// Which addresses are public.
#include <doctest/doctest.h>

#include <string>

#include "net/address.h"

namespace {

bool is_public(const std::string& host) {
  net::Url url{.scheme = "tcp", .host = host, .port = 1};
  return net::is_public(net::resolve(url)->front().raw());
}

}  // namespace

TEST_CASE("public address: of the internet") {
  CHECK(is_public("8.8.8.8"));
  CHECK(is_public("172.15.255.255"));
  CHECK(is_public("172.32.0.0"));
  CHECK(is_public("100.63.0.1"));
  CHECK(is_public("223.255.255.255"));
  CHECK(is_public("2a00:1450:4001::1"));
  CHECK(is_public("2001:4860:4860::8888"));
}

TEST_CASE("public address: not this host, private networks, links, groups") {
  for (const char* host :
       {"0.0.0.0",      "10.1.2.3",        "100.64.0.1",  "127.0.0.1", "127.9.9.9",  "169.254.169.254",
        "172.16.0.1",   "172.31.255.255",  "192.168.1.1", "192.0.2.1", "198.18.0.1", "224.0.0.1",
        "240.0.0.1",    "255.255.255.255", "::",          "::1",       "fe80::1",    "fc00::1",
        "fd12:3456::1", "ff02::1",         "2001:db8::1"}) {
    CAPTURE(host);
    CHECK_FALSE(is_public(host));
  }
}

TEST_CASE("public address: other forms of private ones are private too") {
  for (const char* host : {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::192.168.0.1",
                           "2002:7f00:1::", "2001:0:1::1", "::127.0.0.1", "2130706433", "0x7f.1", "017700000001"}) {
    CAPTURE(host);
    CHECK_FALSE(is_public(host));
  }
  CHECK(is_public("::ffff:8.8.8.8"));
  CHECK(is_public("64:ff9b::8.8.8.8"));
}

TEST_CASE("public address: a URL that wants one finds none where there is none") {
  net::Url url{.scheme = "tcp", .host = "localhost", .port = 1};
  REQUIRE(net::resolve(url));
  url.public_only = true;
  const auto found = net::resolve(url);
  REQUIRE_FALSE(found);
  CHECK(found.error().kind == base::Kind::permission);
  url.host = "";
  CHECK_FALSE(net::resolve(url));
}
