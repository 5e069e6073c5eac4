#include "tests/unit/logcat_http_api_cases.h"

namespace {

using api_test::messages;
using api_test::post;
using api_test::Strings;
using api_test::taken;

std::string name_of(const http::Request& request, std::string_view otherwise) {
  const logcat::Api* api = logcat::find_api(request, otherwise);
  return api == nullptr ? "" : std::string(api->name);
}

}  // namespace

TEST_CASE("http apis: the path decides, then the content type, then what was asked for") {
  CHECK(name_of(post("/logs?x", "text/plain", ""), "json") == "logplex");
  CHECK(name_of(post("/x", "text/plain; charset=utf-8", ""), "json") == "lines");
  CHECK(name_of(post("/x", "Application/JSON", ""), "lines") == "json");
  CHECK(name_of(post("/x", "image/png", ""), "lines") == "lines");
  CHECK(name_of(post("/x", "", ""), "") == "");
}

TEST_CASE("http apis: paths of other collectors") {
  CHECK(name_of(post("/_bulk?refresh", "application/json", ""), "") == "bulk");
  CHECK(name_of(post("/logs-2024/_bulk", "", ""), "") == "bulk");
  CHECK(name_of(post("/a/b/c/_bulk", "", ""), "") == "");
  CHECK(name_of(post("/loki/api/v1/push", "application/json", ""), "") == "loki");
  CHECK(name_of(post("/services/collector/raw/1.0", "", ""), "") == "hec");
  CHECK(name_of(post("/v1/logs", "application/json", ""), "") == "otlp");
}

TEST_CASE("http apis: lines") {
  CHECK(messages(post("/", "text/plain", "a\r\n\nb")) == Strings{"a", "", "b"});
  CHECK(messages(post("/", "text/plain", "")).empty());
}

TEST_CASE("http apis: JSON values keep their bytes, on one line each") {
  CHECK(messages(post("/", "application/x-ndjson", "{\"a\": 1.0}\n\n 12345678901234567890123 \n")) ==
        Strings{R"({"a":1.0})", "12345678901234567890123"});
  CHECK(messages(post("/", "application/json", "[{\"a\":\n1}, \"x, y\", []]")) ==
        Strings{R"({"a":1})", R"("x, y")", "[]"});
  CHECK(messages(post("/", "application/json", " {\"a\" : [1, 2]}")) == Strings{R"({"a":[1,2]})"});
  CHECK(messages(post("/", "application/json", "[]")).empty());
}

TEST_CASE("http apis: a body in which anything is wrong is refused whole") {
  CHECK(taken(post("/", "application/x-ndjson", "{}\n{\n")).error().status == 400);
  CHECK(taken(post("/", "application/json", "[{}, ]")).error().status == 400);
  CHECK(taken(post("/", "text/plain", std::string(2001, 'x'))).error().status == 413);
  CHECK(taken(post("/logs", "", "5 hell")).error().status == 400);
}

TEST_CASE("http apis: the number of logplex messages has to agree with what the sender says") {
  auto request = post("/logs", "application/logplex-1", "2 ab1 c");
  CHECK(messages(request) == Strings{"ab", "c"});
  request.headers.push_back({"Logplex-Msg-Count", "2"});
  CHECK(messages(request) == Strings{"ab", "c"});
  request.headers.back().value = "3";
  CHECK(taken(request).error().status == 400);
  request.headers.back().value = "two";
  CHECK(taken(request).error().status == 400);
}

TEST_CASE("http apis: any bytes are one message") {
  CHECK(messages(post("/", "application/octet-stream", "a\nb")) == Strings{"a\nb"});
}
