#include <string>

#include "tests/unit/logsend_http_cases.h"

namespace logsend::http {
namespace {

std::string_view api_of(std::string_view name, std::string_view path, std::string_view type) {
  const auto place = find_kind(name, path, type);
  return place ? kinds()[*place]->name : "none";
}

TEST_CASE("logsend http: the API follows from --api, else the path, else the content type") {
  CHECK(api_of("json", "/logs", "application/x-ndjson") == "json");
  CHECK(api_of("", "/logs", "application/x-ndjson") == "logplex");
  CHECK(api_of("", "/in", "application/x-ndjson; charset=utf-8") == "ndjson");
  CHECK(api_of("", "/in", "application/json") == "json");
  CHECK(api_of("", "/in", "") == "lines");
  CHECK(api_of("", "", "x/y") == "lines");
  CHECK(api_of("smoke", "/logs", "") == "none");
}

TEST_CASE("logsend http: lines end with LF, and one inside is written as #012") {
  const auto api = make_api(kLines);
  Collected messages(*api);
  CHECK(messages.add("one").add("").add("two\nlines\n").request().body == "one\n\ntwo#012lines#012\n");
}

TEST_CASE("logsend http: NDJSON has a value on each line") {
  const auto api = make_api(kNdjson);
  Collected messages(*api);
  CHECK(messages.add(R"({"a":1})").add("{\"b\":\n2}").request().body == "{\"a\":1}\n{\"b\": 2}\n");
}

TEST_CASE("logsend http: an array has one value too") {
  const auto api = make_api(kJson);
  Collected messages(*api);
  CHECK(messages.add("1").request().body == "[1]");
  CHECK(messages.add(R"({"a":1})").request().body == R"([1,{"a":1}])");
}

TEST_CASE("logsend http: an empty message is no JSON") {
  std::string out;
  CHECK_FALSE(make_api(kNdjson)->encode(out, {.text = " ", .event = {}, .key = {}}));
  CHECK_FALSE(make_api(kJson)->encode(out, {.text = "", .event = {}, .key = {}}));
}

TEST_CASE("logsend http: logplex leaves structured data out, and says count and id") {
  const auto api = make_api(kLogplex);
  Collected messages(*api);
  messages.add("<190>1 2012-12-10T03:00:48Z host app web.1 - [a b=\"c\"] hi");
  messages.add("<190>1 2012-12-10T03:00:48Z host app web.1 - - hi");
  const Request request = messages.request();
  CHECK(request.body ==
        "47 <190>1 2012-12-10T03:00:48Z host app web.1 - hi47 <190>1 2012-12-10T03:00:48Z host app web.1 - hi");
  REQUIRE(request.headers.size() == 2);
  CHECK(request.headers[0] == "Logplex-Msg-Count: 2");
  CHECK(request.headers[1] == "Logplex-Frame-Id: " + std::string(kKey));
}

TEST_CASE("logsend http: of a request to a hub, the messages that it names are refused and all others taken") {
  const auto api = make_api(kLogplex);
  Collected messages(*api);
  messages.add("a").add("b").add("c");
  const Verdict some = messages.judge(422, R"({"error":"x","malformed":[2],"unknown_token":[0,7]})");
  REQUIRE(some.kind == Verdict::Kind::each);
  REQUIRE(some.items.size() == 2);
  CHECK(some.items[0].index == 0);
  CHECK(some.items[0].reason == "no channel has the token that it names");
  CHECK(some.items[1].index == 2);
  CHECK(some.items[1].fate == Fate::refused);
  CHECK(messages.judge(422, R"({"error":"x"})").kind == Verdict::Kind::refused);
  CHECK(messages.judge(422, "no JSON").kind == Verdict::Kind::refused);
  CHECK(messages.judge(204).kind == Verdict::Kind::taken);
}

TEST_CASE("logsend http: a message that others were dropped is logplex's L10") {
  const auto api = make_api(kLogplex);
  const auto frame = [&](std::string_view text) { return std::string(Collected(*api).add(text).request().body); };
  const std::string l10 = frame(
      "<44>1 2012-12-10T03:00:48.123456Z h logbuf - loss - 1 message was dropped since 2012-12-10T03:00:47.5Z because");
  CHECK(l10 ==
        "142 <172>1 2012-12-10T03:00:48+00:00 host heroku logplex - Error L10 (output buffer overflow): 1 messages "
        "dropped since 2012-12-10T03:00:47+00:00.");
  for (const char* other :
       {"<44>1 - - logbuf - loss - x", "<44>1", "<44>1 ", "<44>1 - - app - loss - 1 dropped since 2"})
    CHECK(frame(other).find("L10") == std::string::npos);
}

TEST_CASE("logsend http: a message that would be taken for structured data has some before it in logplex frames") {
  const auto api = make_api(kLogplex);
  Collected messages(*api);
  CHECK(messages.add("<13>1 - h a p m [x y=\"z\"] - dash").request().body == "24 <13>1 - h a p m - - dash");
}

TEST_CASE("logsend http: the status says what became of a request") {
  using enum Verdict::Kind;
  const auto verdict = [](int status) { return judge_status({.status = status}).kind; };
  for (const int status : {200, 201, 202, 204}) CHECK(verdict(status) == taken);
  for (const int status : {408, 429, 500, 502, 503, 504, 599}) CHECK(verdict(status) == again);
  for (const int status : {301, 302, 304, 401, 403, 404, 405, 409, 410, 415}) CHECK(verdict(status) == closed);
  for (const int status : {400, 422}) CHECK(verdict(status) == refused);
  CHECK(verdict(413) == too_large);
}

TEST_CASE("logsend http: a reason has the status and the beginning of the body") {
  CHECK(judge_status({.status = 503, .reason = "Busy", .body = "no\nroom"}).reason == "503 Busy (\"no\\x0aroom\")");
  CHECK(judge_status({.status = 400, .body = std::string(5000, 'x')}).reason.size() < 250);
}

}  // namespace
}  // namespace logsend::http
