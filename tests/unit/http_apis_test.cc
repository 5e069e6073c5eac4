// What logsend posts, and what logcat makes of it.
#include <doctest/doctest.h>

#include "codec/parse_forms.h"
#include "codec/render.h"
#include "tests/unit/logcat_http_api_cases.h"
#include "tests/unit/logsend_http_cases.h"

namespace {

using namespace logsend::http;

// Of the event after a request of that API.
std::string after(const Kind& kind, std::string_view json) {
  codec::Event event;
  REQUIRE(codec::parse_json(json, event));
  REQUIRE(event.reason == "");
  const auto api = make_api(kind);
  Collected messages(*api);
  messages.add(api->traits().text == Text::json ? json : event.message, "b/c:7", event);
  const auto request = messages.request();
  auto posted = api_test::post(kind.default_path.empty() ? "/" : std::string(kind.default_path),
                               std::string(api->traits().content_type), std::string(request.body));
  for (const std::string& header : request.headers) {
    const auto colon = header.find(':');
    posted.headers.push_back({header.substr(0, colon), header.substr(colon + 2)});
  }
  const auto got = api_test::messages_of(api_test::taken(posted, {.message = 4 << 20, .body = 16 << 20}));
  REQUIRE(got.size() == 1);
  return got.front();
}

// The same event, with all that is in it.
std::string same(std::string_view json) {
  codec::Event event;
  REQUIRE(codec::parse_json(json, event));
  std::string rendered;
  codec::append_json(rendered, event);
  return rendered;
}

// `json` without one member and its comma, as APIs add some.
std::string without(std::string json, const std::string& member) {
  const auto at = json.find("," + member);
  REQUIRE_MESSAGE(at != json.npos, json);
  return json.erase(at, member.size() + 1);
}

constexpr std::string_view kSyslog =
    R"({"timestamp":"2026-11-28T10:00:00.250000000Z","hostname":"h","appname":"a \"b\"","procid":"1","msgid":"m",)"
    R"("facility":"daemon","severity":"err","structured_data":{"x":{"y":"z]\\"}},"message":"text\n\u0000\u0001")";

const std::string kBytes =
    "{\"timestamp\":\"2026-11-28T10:00:00.250000000Z\",\"hostname\":\"caf\xEF\xBF\xBD\","
    "\"message\":\"\\u0000\xEF\xBF\xBD\xEF\xBF\xBD\",\"base64\":{\"hostname\":\"Y2Fm6Q==\",\"message\":\"AP/+\","
    "\"own\":\"/w==\"},\"own\":\"\xEF\xBF\xBD\"}";

}  // namespace

TEST_CASE("http: fields of syslog arrive as they were sent") {
  const std::string event = std::string(kSyslog) + "}";
  CHECK(after(kNdjson, event) == event);
  CHECK(after(kJson, event) == event);
  CHECK(after(kHec, event) == event);
  CHECK(after(kLoki, event) == event);
  CHECK(
      without(without(after(kBulk, event), "\"_id\":\"b/c:7\""), "\"timestamp\":\"2026-11-28T10:00:00.250000000Z\"") ==
      R"({"@timestamp":"2026-11-28T10:00:00.250000000Z")" + event.substr(event.find(",\"hostname\"")));
  CHECK(without(without(without(after(kOtlp, event), R"("severity_number":17)"), R"("severity_text":"err")"),
                R"("resource":{"host.name":"h","service.name":"a \"b\""})") == event);
}

TEST_CASE("http: open fields arrive as they were sent, and what is nested in them under its path") {
  const std::string event = std::string(kSyslog) + R"(,"n":1.50,"s":"t","l":["1",2],"o":{"p":true,"q":"r"}})";
  const std::string flat = std::string(kSyslog) + R"(,"n":1.50,"s":"t","l":["1",2],"o.p":true,"o.q":"r"})";
  const std::string texts = std::string(kSyslog) + R"(,"n":"1.50","s":"t","l":"[\"1\",2]","o.p":"true","o.q":"r"})";
  CHECK(after(kNdjson, event) == event);
  CHECK(after(kHec, event) == flat);
  CHECK(after(kLoki, event) == texts);
  CHECK(after(kOtlp, event).find(R"("attributes":{"n":1.50,"s":"t","l":["1",2],"o":{"p":true,"q":"r"}})") !=
        std::string::npos);
}

TEST_CASE("http: bytes that are not UTF-8 arrive as they were sent") {
  CHECK(after(kNdjson, kBytes) == kBytes);
  CHECK(same(after(kHec, kBytes)) == kBytes);
  CHECK(same(after(kLoki, kBytes)) == kBytes);
  CHECK(after(kBulk, kBytes).find(R"("base64":{"hostname":"Y2Fm6Q==","message":"AP/+","own":"/w=="})") !=
        std::string::npos);
  CHECK(after(kOtlp, kBytes).find(R"("base64":{"message":"AP/+"})") != std::string::npos);
}

TEST_CASE("http: a long message arrives as it was sent") {
  const std::string event =
      R"({"timestamp":"2026-11-28T10:00:00.250000000Z","message":")" + std::string(1 << 20, 'x') + "\"}";
  for (const Kind* kind : {&kNdjson, &kJson, &kHec, &kOtlp}) CHECK(after(*kind, event) == event);
  CHECK(without(after(kLoki, event), R"("job":"logpipe")") == event);
}

TEST_CASE("http: what came as a record of OpenTelemetry goes out as the same one") {
  const std::string event =
      R"({"timestamp":"2026-11-28T10:00:00.250000000Z","hostname":"h","severity":"notice","message":{"a":[1,null]},)"
      R"("severity_number":10,"severity_text":"INFO2","event_name":"e","trace_id":"00112233445566778899aabbccddeeff",)"
      R"("span_id":"0011223344556677","trace_flags":1,"attributes":{"k":"v"},"dropped_attributes_count":2,)"
      R"("resource":{"host.name":"h"},"scope":{"name":"n","version":"1","attributes":{"s":1}}})";
  CHECK(after(kOtlp, event) == event);
}
