#include "tests/unit/logcat_http_api_cases.h"
#include "tools/logcat/http/direct.h"

namespace {

using api_test::messages;
using api_test::Strings;
using api_test::taken;

http::Request bulk(std::string body, std::string target = "/_bulk") {
  return api_test::post(std::move(target), "application/x-ndjson", std::move(body));
}

std::string answer(const http::Request& request) {
  const auto intake = taken(request);
  REQUIRE(intake);
  CHECK(intake->answer.status == 200);
  return intake->answer.body;
}

std::string created(const std::string& verb, const std::string& index, const std::string& id) {
  return "{\"" + verb + "\":{\"_index\":" + index + ",\"_id\":" + id +
         R"(,"_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"status":201}})";
}

http::Response direct(std::string method, std::string target) {
  http::Request request{.method = std::move(method), .target = std::move(target)};
  request.headers.push_back({"Host", "logs.example:9200"});
  return logcat::answer_directly(request, {}).value_or(http::Response{.status = 404});
}

}  // namespace

TEST_CASE("bulk: what rsyslog's omelasticsearch sends") {
  auto index = bulk("{\"index\":{\"_index\": \"logs\"}}\n{\"message\":\" hello one\", \"host\":\"vm\"}\n\n");
  index.headers.back().value = "application/json; charset=utf-8";
  CHECK(messages(index) == Strings{R"({"message":" hello one","host":"vm","_index":"logs"})"});
  CHECK(answer(index) == R"({"took":0,"errors":false,"items":[)" + created("index", "\"logs\"", "null") + "]}");
  const auto create = bulk("{\"create\":{\"_index\": \"logs\", \"_id\":\"x\"}}\n{\"message\":\"one\"}\n\n");
  CHECK(messages(create) == Strings{R"({"message":"one","_index":"logs","_id":"x"})"});
  CHECK(answer(create) == R"({"took":0,"errors":false,"items":[)" + created("create", "\"logs\"", "\"x\"") + "]}");
}

TEST_CASE("bulk: what Elasticsearch's Python client sends") {
  const auto request = bulk(
      "{\"index\":{\"_index\":\"x\"}}\n{\"message\":\"a\"}\n{\"create\":{\"_id\":\"7\",\"_index\":\"x\"}}\n"
      "{\"message\":\"b\"}\n");
  CHECK(messages(request) == Strings{R"({"message":"a","_index":"x"})", R"({"message":"b","_index":"x","_id":"7"})"});
}

TEST_CASE("bulk: the path's index is for actions that name none, and a document keeps its own") {
  CHECK(messages(bulk("{\"index\":{}}\n{}\n", "/a%62/_bulk?timeout=1m")) == Strings{R"({"_index":"ab"})"});
  CHECK(messages(bulk("{\"index\":{\"_index\":\"b\"}}\n{}\n", "/a/_doc/_bulk")) == Strings{R"({"_index":"b"})"});
  CHECK(messages(bulk("{\"index\":{\"_id\":2}}\n{\"_id\":\"mine\"}\n")) == Strings{R"({"_id":"mine"})"});
  CHECK(messages(bulk("{\"index\":{\"_id\":null}}\r\n{}\r\n")) == Strings{"{}"});
}

TEST_CASE("bulk: what is not taken has an error of its own, and the rest does not suffer") {
  const auto request = bulk(
      "{\"update\":{\"_index\":\"x\",\"_id\":\"1\"}}\n{\"doc\":{}}\n{\"delete\":{\"_id\":\"2\"}}\n"
      "{\"index\":{}}\n{\"a\":\n{\"index\":{}}\n[]\n{\"index\":{}}\n{\"a\":1}\n");
  CHECK(messages(request) == Strings{R"({"a":1})"});
  const std::string refused = R"(,"status":400,"error":{"type":"illegal_argument_exception",)"
                              R"("reason":"only index and create are taken here"}}})";
  const std::string no_object = R"({"index":{"_index":"","_id":null,"status":400,"error":)"
                                R"({"type":"document_parsing_exception","reason":"the document is no JSON object"}}})";
  CHECK(answer(request) == R"({"took":0,"errors":true,"items":[{"update":{"_index":"x","_id":"1")" + refused +
                               R"(,{"delete":{"_index":"","_id":"2")" + refused + "," + no_object + "," + no_object +
                               "," + created("index", "\"\"", "null") + "]}");
}

TEST_CASE("bulk: a document that is too long is refused alone") {
  const std::string body = "{\"index\":{}}\n{\"a\":\"" + std::string(50, 'x') + "\"}\n{\"index\":{}}\n{}\n";
  const auto intake = taken(bulk(body), {.message = 20, .body = 1000});
  CHECK(api_test::messages_of(intake) == Strings{"{}"});
  CHECK(intake->answer.body.find("a message has 58 bytes; at most 20 are taken") != std::string::npos);
}

TEST_CASE("bulk: an action that cannot be understood refuses the whole request") {
  const std::string good = "{\"index\":{}}\n{}\n";
  const auto refused = taken(bulk(good + "{\"index\":1}\n{}\n"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().status == 400);
  CHECK(
      refused.error().body ==
      R"({"error":{"root_cause":[{"type":"illegal_argument_exception","reason":"Malformed action/metadata line [3]"}],)"
      R"("type":"illegal_argument_exception","reason":"Malformed action/metadata line [3]"},"status":400})");
  for (const char* line : {"{}", "[]", "x", "{\"index\":{},\"create\":{}}", "{\"get\":{}}", "{\"index\":{\"_id\":{}}}"})
    CHECK(api_test::refusal(bulk(good + line + "\n{}\n")) == 400);
  CHECK(api_test::refusal(bulk("")) == 400);
  CHECK(api_test::refusal(bulk("{\"index\":{}}\n")) == 400);
  CHECK(api_test::refusal(bulk("{\"index\":{}}\n{}")) == 400);
}

TEST_CASE("bulk: a request that is cut off within a line is refused") {
  CHECK(api_test::accepted_starts(bulk("{\"index\":{\"_index\":\"a\"}}\n{\"a\":\"\\u00e9\"}\n")) == 0);
}

TEST_CASE("bulk: short actions do not make an answer of any size") {
  std::string body;
  for (int i = 0; i < 2000; ++i) body += "{\"index\":{}}\n{}\n";
  CHECK(api_test::refusal(bulk(body), {.message = 100, .body = 1000}) == 413);
  const std::string long_index = bulk("{\"index\":{}}\n{}\n", "/" + std::string(300, 'i') + "/_bulk").target;
  CHECK(messages(bulk("{\"index\":{}}\n{}\n", long_index)).empty());
}

TEST_CASE("bulk: what clients ask first is answered") {
  CHECK(direct("HEAD", "/").status == 200);
  CHECK(direct("GET", "/").body.find("You Know, for Search") != std::string::npos);
  CHECK(http::find_header(direct("GET", "/").headers, "X-Elastic-Product") == "Elasticsearch");
  CHECK(direct("GET", "/_license?human=false").body.find("\"status\":\"active\"") != std::string::npos);
  CHECK(direct("HEAD", "/_cat/health").status == 200);
  CHECK(direct("GET", "/_cluster/health").body.find("\"green\"") != std::string::npos);
  CHECK(direct("GET", "/_nodes/_all/http").body.find(R"("publish_address":"logs.example:9200")") != std::string::npos);
  CHECK(direct("HEAD", "/_index_template/filebeat-8.11.0").status == 200);
  CHECK(direct("GET", "/other").status == 404);
  CHECK(direct("POST", "/").status == 404);
}
