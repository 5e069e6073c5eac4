// The pure parts of a hub's API: routes, edits, credentials, messages as they are stored.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "hub/answers.h"
#include "hub/cooking.h"
#include "hub/credentials.h"
#include "hub/edits.h"
#include "hub/route.h"

namespace {

using Arguments = std::vector<std::string>;

std::string cooked(std::string_view message, std::string_view token) {
  std::string out;
  hub::append_cooked(out, message, token, "app");
  return out;
}

std::string why(std::string_view text) {
  const auto parsed = hub::Credentials::parse(text, "FILE");
  return parsed ? "" : parsed.error().why;
}

template <class T>
unsigned status(const base::Result<T>& result) {
  return result ? 200 : hub::status_of(result.error());
}

hub::Channel channel() {
  hub::Channel made;
  made.id = "app";
  return made;
}

}  // namespace

TEST_CASE("hub routes: a star is one segment of the path, decoded") {
  CHECK(hub::match("/logs", "/logs"));
  CHECK(hub::match("/logs", "/logs/"));
  CHECK_FALSE(hub::match("/logs", "/logs/x"));
  CHECK_FALSE(hub::match("/logs", "/"));
  CHECK(hub::match("/v3/channels/*", "/v3/channels/a%2Db") == Arguments{"a-b"});
  CHECK(hub::match("/v3/channels/*/drains/*", "/v3/channels/a/drains/7") == Arguments{"a", "7"});
  CHECK_FALSE(hub::match("/v3/channels/*", "/v3/channels/"));
  CHECK_FALSE(hub::match("/v3/channels/*", "/v3/channels/%zz"));
  // A decoded slash is a part of the argument, which is no id then.
  CHECK(hub::match("/v3/channels/*", "/v3/channels/..%2f..%2fetc") == Arguments{"../../etc"});
}

TEST_CASE("hub routes: only health checks and the page need no credentials") {
  std::set<std::string> open;
  std::size_t routes = 0;
  for (const auto table : {hub::log_routes(), hub::v3_routes(), hub::legacy_routes(), hub::metrics_routes(),
                           hub::drain_routes(), hub::overview_routes(), hub::search_routes(), hub::page_routes()})
    for (const hub::Route& route : table) {
      ++routes;
      if (route.needs == hub::Needs::nothing) open.insert(std::string(route.method) + " " + std::string(route.pattern));
    }
  CHECK(routes > 20);
  CHECK(open == std::set<std::string>{"GET /", "GET /healthcheck", "GET /v3/healthcheck"});
}

TEST_CASE("hub messages: the fourth word is the token") {
  CHECK(hub::token_in("<190>1 2012-12-10T03:00:48Z h t.X web.1 - - hi") == "t.X");
  CHECK(hub::token_in("<190>1  2012-12-10T03:00:48Z   h t.X web.1") == "t.X");
  for (const char* message : {"", " ", "a b c", "<190>1 T h app web.1 - - t.X", "<190>1 T h t.X"})
    CHECK(hub::token_in(message).empty());
}

TEST_CASE("hub messages: the token's name takes its place, and nothing else changes") {
  CHECK(cooked("<190>1 T h t.X web.1 - - t.X hi", "t.X") == "<190>1 T h app web.1 - - t.X hi");
  CHECK(cooked("<190>1 T t.X t.X web.1 - - hi", "t.X") == "<190>1 T t.X app web.1 - - hi");
  CHECK(cooked("<190>1 T h t.Y web.1 - - hi", "t.X") == "<190>1 T h t.Y web.1 - - hi");
  CHECK(cooked("no syslog", "t.X") == "no syslog");
}

TEST_CASE("hub credentials: id, password and permissions") {
  const auto all =
      hub::Credentials::parse("# who\n\nadmin:a:b full_api any_channel\nrouter:x any_channel\nnone:y\n", "F");
  REQUIRE(all);
  const hub::Credential* admin = all->find({.user = "admin", .password = "a:b"});
  REQUIRE(admin != nullptr);
  CHECK((admin->full_api && admin->any_channel));
  CHECK_FALSE(all->find({.user = "router", .password = "x"})->full_api);
  CHECK_FALSE(all->find({.user = "none", .password = "y"})->any_channel);
  CHECK(all->find({.user = "admin", .password = "x"}) == nullptr);
  CHECK(all->find({.user = "admin", .password = ""}) == nullptr);
  CHECK(all->find({.user = "", .password = "a:b"}) == nullptr);
}

TEST_CASE("hub credentials: a line that is wrong is named, and no password shows") {
  CHECK(why("admin\n") == "line 1 is not ID:PASSWORD");
  CHECK(why("\nadmin:\n") == "line 2 is not ID:PASSWORD");
  CHECK(why("a:secret root\n") == "line 1 has another permission than full_api, read_api and any_channel");
  CHECK(why("a:b\na:c\n") == "line 2 has an id that another line has");
  CHECK(why("token:x\n") == "line 1 has the id 'token', which stands for a channel's token");
}

TEST_CASE("hub edits: a list of names keeps tokens that it has, and deletes the others") {
  hub::Channel app = channel();
  REQUIRE(hub::set_tokens(app, {"web", "heroku"}));
  const std::string web = app.tokens.at("web");
  REQUIRE(hub::set_tokens(app, {"web", "new"}));
  CHECK(app.tokens.size() == 2);
  CHECK(app.tokens.at("web") == web);
  CHECK(app.tokens.contains("new"));
  CHECK(status(hub::set_tokens(app, {"two words"})) == 400);
}

TEST_CASE("hub edits: drains are reserved, get a URL, and are at most so many") {
  hub::Channel app = channel();
  const hub::DrainRules rules{.most = 2};
  const auto reserved = hub::add_drain(app, std::nullopt, rules);
  REQUIRE(reserved);
  const std::string id = std::to_string(reserved->id);
  CHECK(hub::set_drain_url(app, id, "https://a.example/x", rules)->token == reserved->token);
  CHECK(status(hub::set_drain_url(app, id, "https://a.example/x", rules)) == 200);
  CHECK(status(hub::add_drain(app, "https://a.example/x", rules)) == 409);
  CHECK(status(hub::add_drain(app, "syslog://b.example:514", rules)) == 200);
  CHECK(status(hub::add_drain(app, "https://c.example", rules)) == 422);
  CHECK(status(hub::set_drain_url(app, "12", "https://c.example", rules)) == 404);
  CHECK(status(hub::set_drain_url(app, "x", "https://c.example", rules)) == 404);
  CHECK(status(hub::remove_drain(app, id)) == 200);
  CHECK(status(hub::remove_drain(app, id)) == 404);
}

TEST_CASE("hub edits: a drain goes to no file, and to no scheme that is not allowed") {
  hub::Channel app = channel();
  for (const char* url : {"", "x", "/etc/passwd", "file:/etc/passwd", "unix:/run/x", "https://", "relp://h:2514", "-"})
    CHECK(status(hub::add_drain(app, url, {})) == 422);
  for (const char* url : {"http://h/", "https://u:p@h:8443/p?q", "syslog://h", "syslog+tls://h:6514", "udpsyslog://h"})
    CHECK(status(hub::add_drain(app, url, {})) == 200);
}
