#include <doctest/doctest.h>

#include "codec/parse_forms.h"
#include "tests/unit/logsend_http_cases.h"

namespace logsend::http {
namespace {

using enum Verdict::Kind;

// Messages as the sink makes them of events in JSON.
class Events {
 public:
  explicit Events(const Kind& kind, const std::vector<std::string>& options = {}, const Setting& setting = {})
      : api_(make_api(kind, options, setting)), collected_(*api_) {}

  Events& add(std::string_view json, std::string_view key = {}) {
    codec::Event event;
    REQUIRE(codec::parse_json(json, event));
    REQUIRE(event.reason == "");
    collected_.add(event.message, key, event);
    return *this;
  }
  [[nodiscard]] bool is_apart(std::string_view json) const {
    codec::Event event;
    REQUIRE(codec::parse_json(json, event));
    return api_->is_apart({.text = event.message, .event = event, .key = {}});
  }
  std::string path() { return collected_.request().path; }
  std::string body() { return std::string(collected_.request().body); }
  [[nodiscard]] Verdict judge(int status, std::string_view answer = {}) const {
    return collected_.judge(status, answer);
  }
  [[nodiscard]] const Api& api() const { return *api_; }

 private:
  std::unique_ptr<Api> api_;
  Collected collected_;
};

constexpr std::string_view kFull =
    R"({"timestamp":"2026-11-28T10:00:00.25Z","hostname":"h","appname":"a","procid":"1","msgid":"m","facility":"daemon",)"
    R"("severity":"err","structured_data":{"x":{"y":"z"}},"message":"text","n":1.50,"o":{"p":[1,"2"],"q":null}})";

}  // namespace

TEST_CASE("logsend loki: entries with the same labels are a stream, in the order of their times") {
  Events events(kLoki, {"--labels", "hostname,o.p"});
  events.add(R"({"timestamp":"2026-11-28T10:00:00.000002Z","hostname":"h","message":"two"})");
  events.add(R"({"timestamp":"2026-11-28T10:00:00.000000Z","message":"other"})");
  events.add(R"({"timestamp":"2026-11-28T10:00:00.000001Z","hostname":"h","message":"one","o":{"p":1},"o.p":2})");
  events.add(R"({"timestamp":"2026-11-28T10:00:00.000001Z","hostname":"h","message":"one \",\"values\":[","x":["1"]})");
  CHECK(
      events.body() ==
      R"({"streams":[{"stream":{"hostname":"h"},"values":[["1795860000000001000","one \",\"values\":[",{"x":"[\"1\"]"}],)"
      R"(["1795860000000002000","two"]]},)"
      R"({"stream":{"job":"logpipe"},"values":[["1795860000000000000","other"]]},)"
      R"({"stream":{"hostname":"h","o_p":"1"},"values":[["1795860000000001000","one",{"o.p":"1","o.p":"2"}]]}]})");
}

TEST_CASE("logsend loki: fields that are no labels are structured metadata") {
  CHECK(
      Events(kLoki).add(kFull).body() ==
      R"({"streams":[{"stream":{"hostname":"h","appname":"a","severity":"err"},"values":[["1795860000250000000","text",)"
      R"({"procid":"1","msgid":"m","facility":"daemon","structured_data":"[x y=\"z\"]","n":"1.50","o.p":"[1,\"2\"]"}]]}]})");
}

TEST_CASE("logsend loki: a time of seconds is made different by the message's number") {
  const std::string_view event = R"({"timestamp":"2026-11-28T10:00:00Z","message":"x"})";
  CHECK(Events(kLoki).add(event, "b/c:3000007").body() ==
        R"({"streams":[{"stream":{"job":"logpipe"},"values":[["1795860000000000007","x"]]}]})");
  CHECK(Events(kLoki).add(event).body().find("1795860000000000000") != std::string::npos);
}

TEST_CASE("logsend loki: a time that Loki cannot have") {
  std::string out;
  codec::Event event;
  event.timestamp = codec::Timestamp{.seconds = 253402300799};
  CHECK_FALSE(make_api(kLoki)->encode(out, {.text = "x", .event = event, .key = {}}));
}

TEST_CASE("logsend loki: a message that is an object is a line of JSON, and odd bytes are there in base64 too") {
  CHECK(Events(kLoki).add(R"({"timestamp":"1970-01-01T00:00:01.0000Z","message":{"a": "b"}})").body() ==
        R"({"streams":[{"stream":{"job":"logpipe"},"values":[["1000000000","{\"a\": \"b\"}"]]}]})");
  CHECK(Events(kLoki)
            .add(R"({"timestamp":"1970-01-01T00:00:01.0000Z","message":"\u0000","base64":{"message":"AP8="}})")
            .body() ==
        "{\"streams\":[{\"stream\":{\"job\":\"logpipe\"},\"values\":[[\"1000000000\",\"\\u0000\xEF\xBF\xBD\","
        "{\"base64.message\":\"AP8=\"}]]}]}");
}

TEST_CASE("logsend hec: fields stand where Splunk has them") {
  CHECK(Events(kHec).add(kFull).body() ==
        R"({"time":1795860000.25,"event":"text","host":"h","fields":{"appname":"a","procid":"1","msgid":"m",)"
        R"("facility":"daemon","severity":"err","structured_data":"[x y=\"z\"]","n":1.50,"o.p":[1,"2"]}})");
  CHECK(Events(kHec)
            .add(R"({"message":"x","source":"s","sourcetype":"t","index":"i","l":[[1]]})")
            .add(R"({"message":{"a":1}})")
            .add(R"({"message":""})")
            .body() == R"({"event":"x","source":"s","sourcetype":"t","index":"i","fields":{"l":"[[1]]"}})"
                       R"({"event":{"a":1}}{"event":{"message":""}})");
}

TEST_CASE("logsend hec: requests are on a channel of their own, on which acknowledgements are asked for") {
  Events events(kHec, {}, {.path = "/splunk/services/collector/event"});
  std::string space;
  const std::vector<std::string> tokens{"7", "8"};
  const Request question = events.api().ask(tokens, space);
  CHECK(question.body == R"({"acks":[7,8]})");
  CHECK(question.path == "/splunk/services/collector/ack");
  REQUIRE(question.headers.size() == 1);
  CHECK(question.headers[0].starts_with("X-Splunk-Request-Channel: "));
  CHECK(question.headers[0].size() == std::string_view("X-Splunk-Request-Channel: ").size() + 36);
  const auto confirmed = [&](std::string_view body) {
    return events.api().confirmed(tokens, {.status = 200, .body = body});
  };
  CHECK(confirmed(R"({"acks":{"7":false,"8":true,"9":true}})") == std::vector<std::size_t>{1});
  CHECK(confirmed(R"({"acks":{"7":true,"8":true}})").size() == 2);
  CHECK(confirmed("").empty());
  CHECK(events.api().confirmed(tokens, {.status = 503, .body = R"({"acks":{"7":true}})"}).empty());
}

TEST_CASE("logsend hec: what the answer says") {
  Events events(kHec);
  for (int i = 0; i < 3; ++i) events.add(R"({"message":"x"})");
  CHECK(events.judge(200, R"({"text":"Success","code":0})").kind == taken);
  CHECK(events.judge(200).kind == taken);
  CHECK(events.judge(200, R"({"text":"Success","code":0,"ackId":7})").kind == later);
  CHECK(events.judge(200, R"({"text":"Success","code":0,"ackId":7})").token == "7");
  CHECK(events.judge(200, "<html>").kind == again);
  CHECK(events.judge(200, R"({"text":"Server is busy","code":9})").kind == again);
  CHECK(events.judge(503, R"({"text":"Server is busy","code":9})").kind == again);
  CHECK(events.judge(403, R"({"text":"Invalid token","code":4})").kind == closed);
  CHECK(events.judge(400, R"({"text":"Data channel is missing","code":10})").kind == closed);
  CHECK(events.judge(400, R"({"text":"Incorrect index","code":7,"invalid-event-number":1})").kind == closed);
  CHECK(events.judge(400, "what").kind == refused);
  CHECK(events.judge(400, R"({"text":"Invalid data format","code":6})").kind == refused);
}

TEST_CASE("logsend hec: the event that the answer names is refused, and the others are sent again") {
  Events events(kHec);
  events.add(R"({"message":"x"})").add(R"({"message":"y","index":"i"})");
  const Verdict verdict = events.judge(400, R"({"text":"Incorrect index","code":7,"invalid-event-number":1})");
  CHECK(verdict.kind == each);
  REQUIRE(verdict.items.size() == 2);
  CHECK(verdict.items[0].fate == Fate::again);
  CHECK(verdict.items[1].fate == Fate::refused);
  CHECK(events.judge(400, R"({"text":"Invalid","code":6,"invalid-event-number":2})").kind == refused);
}

TEST_CASE("logsend otlp: records of the same resource and scope stand together") {
  Events events(kOtlp);
  events.add(R"({"hostname":"a","message":"1"})").add(R"({"message":"\"logRecords\":["})");
  events.add(R"({"hostname":"a","message":"3"})");
  CHECK(
      events.body() ==
      R"({"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"a"}}]},"scopeLogs":)"
      R"([{"logRecords":[{"body":{"stringValue":"1"}},{"body":{"stringValue":"3"}}]}]},)"
      R"({"resource":{"attributes":[]},"scopeLogs":[{"logRecords":[{"body":{"stringValue":"\"logRecords\":["}}]}]}]})");
}

TEST_CASE("logsend otlp: fields of syslog") {
  CHECK(
      Events(kOtlp).add(kFull).body() ==
      R"({"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"h"}},)"
      R"({"key":"service.name","value":{"stringValue":"a"}}]},"scopeLogs":[{"logRecords":[)"
      R"({"timeUnixNano":"1795860000250000000","severityNumber":17,"severityText":"err","body":{"stringValue":"text"},)"
      R"("attributes":[{"key":"n","value":{"doubleValue":1.50}},{"key":"o","value":{"kvlistValue":{"values":[)"
      R"({"key":"p","value":{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"2"}]}}},{"key":"q","value":{}}]}}},)"
      R"({"key":"syslog.facility","value":{"intValue":"3"}},{"key":"syslog.procid","value":{"stringValue":"1"}},)"
      R"({"key":"syslog.msgid","value":{"stringValue":"m"}},)"
      R"({"key":"syslog.structured_data","value":{"stringValue":"[x y=\"z\"]"}}]}]}]}]})");
}

TEST_CASE("logsend otlp: what came of a record goes back there") {
  CHECK(
      Events(kOtlp)
          .add(
              R"({"message":{"a":true},"severity_number":10,"severity_text":"INFO2","event_name":"e","trace_id":)"
              R"("00112233445566778899aabbccddeeff","span_id":"0011223344556677","trace_flags":1,"attributes":{"k":"v"},)"
              R"("dropped_attributes_count":2,"resource":{"host.name":"h"},"scope":{"name":"n","attributes":{"s":1}}})")
          .body() ==
      R"({"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"h"}}]},"scopeLogs":[)"
      R"({"scope":{"name":"n","attributes":[{"key":"s","value":{"intValue":"1"}}]},"logRecords":[{"eventName":"e",)"
      R"("traceId":"00112233445566778899aabbccddeeff","spanId":"0011223344556677","flags":1,"droppedAttributesCount":2,)"
      R"("severityNumber":10,"severityText":"INFO2","body":{"kvlistValue":{"values":[{"key":"a","value":)"
      R"({"boolValue":true}}]}},"attributes":[{"key":"k","value":{"stringValue":"v"}}]}]}]}]})");
}

constexpr std::string_view kTrace =
    R"({"mulog/event-name":"shop","mulog/timestamp":283686952,"mulog/trace-id":"--31-kF40VR71FcA2-oD2l-G3WBJ4GNM",)"
    R"("mulog/duration":1500,"mulog/outcome":"error","mulog/parent-trace":null,)"
    R"("mulog/root-trace":"--31-kF40VR71FcA2-oD2l-G3WBJ4GNM","exception":"no: x\nat y","items":3,"app-name":"a"})";

TEST_CASE("logsend otlp: a trace of mulog is a span, apart from other events, at the path of traces") {
  Events events(kOtlp, {}, {.path = "/otlp/v1/logs"});
  CHECK(
      events.add(kTrace).body() ==
      R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},)"
      R"("scopeSpans":[{"spans":[{"traceId":"000102030405060708090a0b0c0d0e0f","spanId":"1818181818181818",)"
      R"("name":"shop","kind":1,"startTimeUnixNano":"283686952306183","endTimeUnixNano":"283686952307683",)"
      R"("attributes":[{"key":"exception","value":{"stringValue":"no: x\nat y"}},{"key":"items","value":{"intValue":"3"}},)"
      R"({"key":"app-name","value":{"stringValue":"a"}}],"status":{"code":2,"message":"no: x"}}]}]}]})");
  CHECK(events.path() == "/otlp/v1/traces");
  CHECK(events.is_apart(kTrace));
  CHECK_FALSE(events.is_apart(R"({"mulog/root-trace":"--31-kF40VR71FcA2-oD2l-G3WBJ4GNM"})"));
  CHECK(events.judge(200, R"({"partialSuccess":{"rejectedSpans":"1"}})").reason == "1 of 1 spans rejected: \"\"");
}

TEST_CASE("logsend otlp: where the path is that of traces, logs go to theirs; where it is another, traces are logs") {
  Events traces(kOtlp, {}, {.path = "/v1/traces"});
  CHECK(traces.add(R"({"message":"x"})").path() == "/v1/logs");
  CHECK_FALSE(Events(kOtlp, {}, {.path = "/in"}).is_apart(kTrace));
}

TEST_CASE("logsend otlp: a message that is not UTF-8 is bytes") {
  CHECK(Events(kOtlp)
            .add(R"({"message":"?","base64":{"message":"/w=="}})")
            .body()
            .find(R"("body":{"bytesValue":"/w=="})") != std::string::npos);
}

TEST_CASE("logsend otlp: rejected records have to be found") {
  Events events(kOtlp);
  events.add(R"({"message":"x"})").add(R"({"message":"y"})");
  CHECK(events.judge(200, "{}").kind == taken);
  CHECK(events.judge(200).kind == taken);
  CHECK(events.judge(200, R"({"partialSuccess":null})").kind == taken);
  CHECK(events.judge(200, R"({"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow down"}})").kind == taken);
  const Verdict verdict =
      events.judge(200, R"({"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}})");
  CHECK(verdict.kind == refused);
  CHECK(verdict.reason == "1 of 2 log records rejected: \"too old\"");
  CHECK(events.judge(200, R"({"partialSuccess":{"rejectedLogRecords":"?"}})").kind == again);
  CHECK(events.judge(200, "ok").kind == again);
  CHECK(events.judge(503).kind == again);
}

TEST_CASE("logsend http: paths of APIs with records") {
  const auto api_of = [](std::string_view path) { return kinds()[*find_kind("", path, "")]->name; };
  CHECK(api_of("/_bulk") == "bulk");
  CHECK(api_of("/logs-%{appname}/_bulk") == "bulk");
  CHECK(api_of("/loki/api/v1/push") == "loki");
  CHECK(api_of("/services/collector") == "hec");
  CHECK(api_of("/services/collector/event/1.0") == "hec");
  CHECK(api_of("/services/collector/raw") == "lines");
  CHECK(api_of("/v1/logs") == "otlp");
}

}  // namespace logsend::http
