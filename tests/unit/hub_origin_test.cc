// Which requests a hub takes for those of another site's pages.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "hub/origin.h"

namespace {

http::Request with(std::vector<http::Header> headers, std::string method = "GET") {
  headers.push_back({"Host", "hub.example:8601"});
  return {.method = std::move(method), .target = "/", .headers = std::move(headers)};
}

bool names(const std::string& host) {
  return hub::names_loopback({.method = "GET", .target = "/", .headers = {{"host", host}}});
}

}  // namespace

TEST_CASE("hub origin: what is no browser is not foreign") {
  CHECK_FALSE(hub::is_foreign(with({})));
}

TEST_CASE("hub origin: a browser says of which site the page is") {
  for (const char* site : {"same-origin", "none"})
    CHECK_FALSE(hub::is_foreign(with({{"Sec-Fetch-Site", site}}, "POST")));
  for (const char* site : {"cross-site", "same-site", "else"}) CHECK(hub::is_foreign(with({{"Sec-Fetch-Site", site}})));
  // It is right also where a proxy has changed Host.
  CHECK_FALSE(hub::is_foreign(with({{"Sec-Fetch-Site", "same-origin"}, {"Origin", "https://outside.example"}})));
}

TEST_CASE("hub origin: links may be followed, and pages not be put into others") {
  const http::Header site{"Sec-Fetch-Site", "cross-site"};
  const http::Header mode{"Sec-Fetch-Mode", "navigate"};
  CHECK_FALSE(hub::is_foreign(with({site, mode, {"Sec-Fetch-Dest", "document"}})));
  CHECK(hub::is_foreign(with({site, mode, {"Sec-Fetch-Dest", "iframe"}})));
  CHECK(hub::is_foreign(with({site, mode, {"Sec-Fetch-Dest", "document"}}, "POST")));
}

TEST_CASE("hub origin: of older browsers Origin has to be this server") {
  CHECK_FALSE(hub::is_foreign(with({{"Origin", "http://hub.example:8601"}})));
  CHECK_FALSE(hub::is_foreign(with({{"Origin", "https://HUB.example:8601"}})));
  for (const char* origin : {"null", "http://hub.example", "http://hub.example:8602", "http://evil.example:8601", ""})
    CHECK(hub::is_foreign(with({{"Origin", origin}})));
}

TEST_CASE("hub origin: names of this host") {
  for (const char* host : {"localhost", "LOCALHOST:8601", "127.0.0.1", "127.8.9.1:80", "[::1]", "[::1]:8601"})
    CHECK_MESSAGE(names(host), host);
  for (const char* host : {"", "evil.example", "evil.example:8601", "127.0.0.1.evil.example", "localhost.evil.example",
                           "192.0.2.1", "[::2]:1", "0.0.0.0", "[::ffff:127.0.0.1", ":127.0.0.1"})
    CHECK_FALSE_MESSAGE(names(host), host);
}
