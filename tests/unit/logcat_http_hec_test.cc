#include "tests/unit/logcat_http_api_cases.h"
#include "tools/logcat/http/direct.h"
#include "tools/logcat/http/hec.h"

namespace {

using api_test::messages;
using api_test::Strings;
using api_test::taken;

http::Request hec(std::string body, std::string target = "/services/collector/event") {
  return api_test::post(std::move(target), "application/json", std::move(body));
}

std::string refusal_body(const http::Request& request) {
  const auto intake = taken(request);
  return intake ? "" : std::to_string(intake.error().status) + " " + intake.error().body;
}

http::Response direct(const http::Request& request, const logcat::Standing& standing) {
  return logcat::answer_directly(request, standing).value_or(http::Response{.status = 404});
}

}  // namespace

TEST_CASE("hec: the documentation's event") {
  const auto request = hec(R"({"time": 1426279439, "host": "localhost", "source": "random-data-generator",)"
                           R"( "sourcetype": "my_sample_data", "index": "main", "event":  "Hello world!" })");
  CHECK(messages(request) ==
        Strings{R"({"timestamp":"2015-03-13T20:43:59Z","hostname":"localhost","message":"Hello world!",)"
                R"("source":"random-data-generator","sourcetype":"my_sample_data","index":"main"})"});
  CHECK(taken(request)->answer.body == R"({"text":"Success","code":0})");
  CHECK(taken(request)->answer.status == 200);
}

TEST_CASE("hec: events one after the other, and in an array") {
  const Strings both{R"({"message":"1"})", R"({"message":{"a":[1,{}],"b":"} \" {"}})"};
  CHECK(messages(hec("{\"event\":\"1\"}{\"event\":{\"a\":[1, {}],\"b\":\"} \\\" {\"}}")) == both);
  CHECK(messages(hec("{\"event\":\"1\"}\n \r\n{\"event\":{\"a\":[1, {}],\"b\":\"} \\\" {\"}}\n")) == both);
  CHECK(messages(hec(" [{\"event\":\"1\"}, {\"event\":{\"a\":[1, {}],\"b\":\"} \\\" {\"}}]")) == both);
  CHECK(messages(hec("{\"event\":1.50}{\"event\":[1, 2]}", "/services/collector/1.0")) ==
        Strings{R"({"message":"1.50"})", R"({"message":"[1, 2]"})"});
}

TEST_CASE("hec: times as numbers and as strings") {
  const auto time = [](std::string value) { return messages(hec("{\"time\":" + value + ",\"event\":\"x\"}")).at(0); };
  CHECK(time("1433188255.253") == R"({"timestamp":"2015-06-01T19:50:55.253Z","message":"x"})");
  CHECK(time("\"1433188255.253000\"") == R"({"timestamp":"2015-06-01T19:50:55.253000Z","message":"x"})");
  CHECK(time("1.433188255e9") == R"({"timestamp":"2015-06-01T19:50:55.000Z","message":"x"})");
  CHECK(time("1433188255253") == R"({"timestamp":"2015-06-01T19:50:55.253Z","message":"x"})");
  CHECK(time("null") == R"({"message":"x"})");
  for (const char* wrong : {"-1", "true", "\"now\"", "\"\"", "1e300", "99999999999999999999", "\"1.2.3\""})
    CHECK(refusal_body(hec(std::string("{\"event\":\"x\",\"time\":") + wrong + "}")) ==
          R"(400 {"text":"Invalid data format","code":6,"invalid-event-number":0})");
}

TEST_CASE("hec: fields become members, and none takes the place of a field of another meaning") {
  CHECK(messages(hec(R"({"event":"x","host":"h","fields":{"club":"glee","n":[1, 2],"hostname":"other","message":"m",)"
                     R"("severity":"err","facility":"moon","club":"chess"}})")) ==
        Strings{R"({"hostname":"h","severity":"err","message":"x","club":"glee","n":[1,2],"label_hostname":"other",)"
                R"("label_message":"m","label_facility":"moon","club_2":"chess"})"});
}

TEST_CASE("hec: refusals have Splunk's codes, and nothing of the request is taken") {
  CHECK(refusal_body(hec(" \n")) == R"(400 {"text":"No data","code":5})");
  CHECK(refusal_body(hec("[]")) == R"(400 {"text":"No data","code":5})");
  CHECK(refusal_body(hec("{\"event\":\"1\"} {\"event\":")) ==
        R"(400 {"text":"Invalid data format","code":6,"invalid-event-number":1})");
  CHECK(refusal_body(hec("{\"event\":\"1\"} x")) ==
        R"(400 {"text":"Invalid data format","code":6,"invalid-event-number":1})");
  CHECK(refusal_body(hec("[{\"event\":\"1\"},2]")) ==
        R"(400 {"text":"Invalid data format","code":6,"invalid-event-number":1})");
  CHECK(refusal_body(hec("{\"event\":\"1\"}{\"host\":\"h\"}")) ==
        R"(400 {"text":"Event field is required","code":12,"invalid-event-number":1})");
  CHECK(refusal_body(hec("{\"event\":\"\"}")) ==
        R"(400 {"text":"Event field cannot be blank","code":13,"invalid-event-number":0})");
  CHECK(refusal_body(hec("{\"event\":\"1\",\"fields\":[]}")) ==
        R"(400 {"text":"Error in handling indexed fields","code":15,"invalid-event-number":0})");
  CHECK(api_test::refusal(hec("{\"event\":\"" + std::string(3000, 'x') + "\"}")) == 413);
}

TEST_CASE("hec: lines of /raw go on as they came, or as events with what the query says of them") {
  CHECK(messages(hec("<13>a\r\n\nb", "/services/collector/raw")) == Strings{"<13>a", "b"});
  CHECK(messages(hec("a\nb\n", "/services/collector/raw/1.0?host=h&sourcetype=my%20type&time=1.5")) ==
        Strings{R"({"timestamp":"1970-01-01T00:00:01.5Z","hostname":"h","message":"a","sourcetype":"my type"})",
                R"({"timestamp":"1970-01-01T00:00:01.5Z","hostname":"h","message":"b","sourcetype":"my type"})"});
  CHECK(refusal_body(hec("\n", "/services/collector/raw")) == R"(400 {"text":"No data","code":5})");
}

TEST_CASE("hec: a request that is cut off anywhere is refused") {
  CHECK(api_test::accepted_starts(hec("{\"time\":\"1.5\",\"event\":{\"a\":[\"\\u00e9\"]},\"fields\":{\"b\":-1e5}}")) ==
        0);
  CHECK(api_test::accepted_starts(hec("[{\"event\":\"a\"},{\"event\":\"b\"}]")) == 0);
}

TEST_CASE("hec: numbers that were given out on a channel are true, others are not") {
  auto event = hec("{\"event\":\"x\"}");
  CHECK_FALSE(taken(event)->wants_ack);
  event.target += "?channel=FE0ECFAD-13D5-401B-847D-77833BD77131";
  CHECK(taken(event)->wants_ack);
  logcat::Standing standing;
  CHECK(logcat::hec_acknowledged(standing.acks.give()).body == R"({"text":"Success","code":0,"ackId":0})");
  auto ack = hec("{\"acks\":[0, 7]}", "/services/collector/ack");
  CHECK(direct(ack, standing).body == R"({"text":"Data channel is missing","code":10})");
  ack.headers.push_back({"x-splunk-request-channel", "FE0ECFAD-13D5-401B-847D-77833BD77131"});
  CHECK(direct(ack, standing).body == R"({"acks":{"0":true,"7":false}})");
  for (const char* body : {"", "[]", "{\"acks\":0}", "{\"acks\":[-1]}", "{\"acks\":[1.5]}", "{\"acks\":[0]"}) {
    ack.body = body;
    CHECK(direct(ack, standing).status == 400);
  }
}

TEST_CASE("hec: health is the sink's") {
  const http::Request health{.method = "GET", .target = "/services/collector/health/1.0"};
  CHECK(direct(health, {}).body == R"({"text":"HEC is healthy","code":17})");
  CHECK(direct(health, {.trouble = "the disk is full"}).status == 503);
  const http::Request plain{.method = "GET", .target = "/healthcheck"};
  CHECK(direct(plain, {}).status == 200);
  CHECK(direct(plain, {.trouble = "the disk is full"}).body == "the disk is full\n");
}

TEST_CASE("hec: JSON that is nested deep does not use up the stack") {
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  const logcat::IntakeLimits limits{.message = 1000000, .body = 1000000};
  CHECK(api_test::messages_of(taken(hec("{\"event\":" + deep + "}"), limits)).at(0).size() == deep.size() + 14);
  CHECK(api_test::refusal(hec("{\"event\":" + deep), limits) == 400);
}
