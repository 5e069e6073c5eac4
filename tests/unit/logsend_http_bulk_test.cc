#include <doctest/doctest.h>

#include "tests/unit/logsend_http_cases.h"
#include "tools/logsend/http/bulk_answer.h"

namespace logsend::http {
namespace {

using enum Verdict::Kind;

std::string body_of(std::string_view text, std::string_view key = "", const codec::Event& event = {}) {
  const auto api = make_api(kBulk);
  Collected messages(*api);
  return std::string(messages.add(text, key, event).request().body);
}

Verdict judge(std::size_t count, std::string_view body, int status = 200) {
  const auto api = make_api(kBulk);
  Collected messages(*api);
  for (std::size_t i = 0; i < count; ++i) messages.add("{}");
  return messages.judge(status, body);
}

}  // namespace

TEST_CASE("logsend bulk: a document is created under the message's key") {
  CHECK(body_of(R"({"message":"a"})", "b:1/c:7") == "{\"create\":{\"_id\":\"b:1/c:7\"}}\n{\"message\":\"a\"}\n");
  CHECK(body_of("{ \"a\" :\n1 }") == "{\"create\":{}}\n{\"a\":1}\n");
  CHECK(body_of("{}") == "{\"create\":{}}\n{}\n");
}

TEST_CASE("logsend bulk: the event's time is @timestamp, unless the document has one") {
  codec::Event event;
  event.timestamp = codec::Timestamp{.seconds = 1, .nanoseconds = 5'000'000, .digits = 3};
  CHECK(body_of("{\"a\":1}", "", event) == "{\"create\":{}}\n{\"@timestamp\":\"1970-01-01T00:00:01.005Z\",\"a\":1}\n");
  CHECK(body_of("{}", "", event) == "{\"create\":{}}\n{\"@timestamp\":\"1970-01-01T00:00:01.005Z\"}\n");
  CHECK(body_of("{\"@timestamp\":0}", "", event) == "{\"create\":{}}\n{\"@timestamp\":0}\n");
}

TEST_CASE("logsend bulk: _index and _id of the document are the action's") {
  CHECK(body_of(R"({"_index":"logs","a":1})", "k:1") ==
        "{\"create\":{\"_index\":\"logs\",\"_id\":\"k:1\"}}\n{\"a\":1}\n");
  CHECK(body_of(R"({"a":{"_id":1},"_id":7,"b":2})", "k:1") ==
        "{\"index\":{\"_id\":\"7\"}}\n{\"a\":{\"_id\":1},\"b\":2}\n");
}

TEST_CASE("logsend bulk: what is no object is no document") {
  const auto api = make_api(kBulk);
  std::string out;
  for (const char* text : {"", "text", "[1]", "{", "{\"a\":\"\n\"}"})
    CHECK_FALSE(api->encode(out, {.text = text, .event = {}, .key = {}}));
}

TEST_CASE("logsend bulk: each document has a fate of its own") {
  const Verdict verdict = judge(6, R"({"took":1,"errors":true,"items":[{"create":{"status":201}},)"
                                   R"({"create":{"status":409,"error":{"type":"version_conflict"}}},)"
                                   R"({"create":{"status":429,"error":{"type":"busy","reason":"later"}}},)"
                                   R"({"create":{"status":400,"error":{"type":"parsing","reason":"no date"}}},)"
                                   R"({"index":{"status":409,"error":"conflict"}},{"index":{"status":503}}]})");
  CHECK(verdict.kind == each);
  REQUIRE(verdict.items.size() == 4);
  CHECK(verdict.items[0].index == 2);
  CHECK(verdict.items[0].fate == Fate::again);
  CHECK(verdict.items[0].reason == "429 busy: later");
  CHECK(verdict.items[1].index == 3);
  CHECK(verdict.items[1].fate == Fate::refused);
  CHECK(verdict.items[1].reason == "400 parsing: no date");
  CHECK(verdict.items[2].fate == Fate::refused);
  CHECK(verdict.items[2].reason == "409 conflict");
  CHECK(verdict.items[3].fate == Fate::again);
}

TEST_CASE("logsend bulk: an answer without errors needs no items") {
  CHECK(judge(2, R"({"errors":false})").kind == taken);
  CHECK(judge(2, R"({"errors":true,"items":[{"create":{"status":200}},{"create":{"status":409}}]})").kind == taken);
}

TEST_CASE("logsend bulk: an answer that does not say what became of each document says nothing") {
  for (const char* body : {"", "<html>", "[]", "{}", R"({"errors":true})", R"({"errors":true,"items":[]})",
                           R"({"errors":true,"items":[{"create":{"status":201}}]})",
                           R"({"items":[{"create":{"status":201}},{"create":{}}]})", R"({"errors":false)"})
    CHECK_MESSAGE(judge(2, body).kind == again, body);
}

TEST_CASE(
    "logsend bulk: when nothing is taken the whole request is tried again, slowly where somebody has to mend it") {
  CHECK(judge(2, R"({"errors":true,"items":[{"create":{"status":429}},{"create":{"status":503}}]})").kind == again);
  const Verdict verdict =
      judge(1, R"({"errors":true,"items":[{"create":{"status":404,"error":{"type":"no_index"}}}]})");
  CHECK(verdict.kind == closed);
  CHECK(verdict.reason == "404 no_index");
  CHECK(judge(1, "", 401).kind == closed);
  CHECK(judge(1, "", 413).kind == too_large);
}

}  // namespace logsend::http
