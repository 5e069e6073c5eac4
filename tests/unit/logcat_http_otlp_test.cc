#include "tests/unit/logcat_http_api_cases.h"

namespace {

using api_test::messages;
using api_test::Strings;
using api_test::taken;

http::Request json(std::string body) {
  return api_test::post("/v1/logs", "application/json", std::move(body));
}

http::Request protobuf(std::string body) {
  return api_test::post("/v1/logs", "application/x-protobuf", std::move(body));
}

// A request with one record of these members.
http::Request record(const std::string& members) {
  return json(R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{)" + members + "}]}]}]}");
}

// A field of protobuf that has bytes.
std::string field(char number, const std::string& bytes) {
  std::string all(1, static_cast<char>(number << 3 | 2));
  std::size_t size = bytes.size();
  for (; size >= 0x80; size >>= 7) all += static_cast<char>(size | 0x80);
  return all + static_cast<char>(size) + bytes;
}

// As record(), in protobuf.
http::Request record_bytes(const std::string& fields) {
  return protobuf(field(1, field(2, field(2, fields))));
}

std::string severity_of(int number) {
  const std::string message = messages(record("\"severityNumber\":" + std::to_string(number))).at(0);
  const auto at = message.find("\"severity\":\"");
  return at == message.npos ? "" : message.substr(at + 12, message.find('"', at + 12) - at - 12);
}

// Encoded by protoc; the test says what is in it.
const std::string kRequest = api_test::from_hex(
    "0abb020a310a1a0a0c736572766963652e6e616d65120a0a08636865636b6f75740a130a09686f73742e6e616d6512060a04"
    "776562311285020a1c0a0a6d792e6c6962726172791205312e302e301a070a01611202100112c1010900eb3af5faeb6f1510"
    "0a1a0b496e666f726d6174696f6e2a140a124578616d706c65206c6f67207265636f726432120a03696e74120b18f6ffffff"
    "ffffffffff0132130a06646f75626c651209211283c0caa1ed8340320d0a05627974657312043a0200ff32150a0561727261"
    "79120c2a0a0a060a046d616e790a0032130a036d6170120c320a0a080a016b12030a0176380245010000004a105b8efff798"
    "038103d269b633813fc60c5208eee19b7ec3c1b1745901eb3af5faeb6f15620165122110112a1432120a100a056576656e74"
    "12070a056c6f67696e5901eb3af5faeb6f15");

// The example of the specification (opentelemetry-proto/examples/logs.json), shorter by half its attributes.
constexpr const char* kExample = R"({"resourceLogs": [{
  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]},
  "scopeLogs": [{
    "scope": {"name": "my.library", "version": "1.0.0", "attributes": [
      {"key": "my.scope.attribute", "value": {"stringValue": "some scope attribute"}}]},
    "logRecords": [{
      "timeUnixNano": "1544712660300000000", "observedTimeUnixNano": "1544712660300000000",
      "severityNumber": 10, "severityText": "Information",
      "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174",
      "body": {"stringValue": "Example log record"},
      "attributes": [
        {"key": "int.attribute", "value": {"intValue": "10"}},
        {"key": "double.attribute", "value": {"doubleValue": 637.704}},
        {"key": "array.attribute", "value": {"arrayValue": {"values": [{"stringValue": "many"}, {"boolValue": true}]}}},
        {"key": "map.attribute", "value": {"kvlistValue": {"values": [
          {"key": "some.map.key", "value": {"stringValue": "some value"}}]}}}]}]}]}]})";

}  // namespace

TEST_CASE("otlp: a request in protobuf") {
  const auto intake = taken(protobuf(kRequest));
  CHECK(api_test::messages_of(intake) ==
        Strings{R"({"timestamp":"2018-12-13T14:51:00.300000000Z","hostname":"web1","appname":"checkout",)"
                R"("severity":"notice","message":"Example log record","severity_number":10,)"
                R"("severity_text":"Information","event_name":"e","trace_id":"5b8efff798038103d269b633813fc60c",)"
                R"("span_id":"eee19b7ec3c1b174","trace_flags":1,"attributes":{"int":-10,"double":637.704,)"
                R"("bytes":"AP8=","array":["many",null],"map":{"k":"v"}},"dropped_attributes_count":2,)"
                R"("resource":{"service.name":"checkout","host.name":"web1"},)"
                R"("scope":{"name":"my.library","version":"1.0.0","attributes":{"a":true}}})",
                R"({"timestamp":"2018-12-13T14:51:00.300000001Z","hostname":"web1","appname":"checkout",)"
                R"("severity":"err","message":{"event":"login"},"severity_number":17,)"
                R"("resource":{"service.name":"checkout","host.name":"web1"},)"
                R"("scope":{"name":"my.library","version":"1.0.0","attributes":{"a":true}}})"});
  CHECK(intake->answer.status == 200);
  CHECK(intake->answer.body.empty());
  CHECK(http::find_header(intake->answer.headers, "Content-Type") == "application/x-protobuf");
}

TEST_CASE("otlp: the specification's example in JSON") {
  const auto intake = taken(json(kExample));
  CHECK(api_test::messages_of(intake) ==
        Strings{R"({"timestamp":"2018-12-13T14:51:00.300000000Z","appname":"my.service","severity":"notice",)"
                R"("message":"Example log record","severity_number":10,"severity_text":"Information",)"
                R"("trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174",)"
                R"("attributes":{"int.attribute":10,"double.attribute":637.704,"array.attribute":["many",true],)"
                R"("map.attribute":{"some.map.key":"some value"}},"resource":{"service.name":"my.service"},)"
                R"("scope":{"name":"my.library","version":"1.0.0",)"
                R"("attributes":{"my.scope.attribute":"some scope attribute"}}})"});
  CHECK(intake->answer.body == "{}");
  CHECK(http::find_header(intake->answer.headers, "Content-Type") == "application/json");
  CHECK(messages(json("{}")).empty());
  CHECK(messages(protobuf("")).empty());
}

TEST_CASE("otlp: severities are syslog's, by the data model's appendix") {
  CHECK(severity_of(1) == "debug");
  CHECK(severity_of(8) == "debug");
  CHECK(severity_of(9) == "info");
  CHECK(severity_of(12) == "notice");
  CHECK(severity_of(13) == "warning");
  CHECK(severity_of(17) == "err");
  CHECK(severity_of(18) == "crit");
  CHECK(severity_of(20) == "alert");
  CHECK(severity_of(24) == "emerg");
  CHECK(severity_of(0) == "");
  CHECK(severity_of(25) == "");
}

TEST_CASE("otlp: bodies of all kinds") {
  const auto body = [](const std::string& value) { return messages(record("\"body\":" + value)).at(0); };
  CHECK(body(R"({"stringValue":"a\"b"})") == R"({"message":"a\"b"})");
  CHECK(body(R"({"intValue":"-9223372036854775808"})") == R"({"message":"-9223372036854775808"})");
  CHECK(body(R"({"doubleValue":1.50})") == R"({"message":"1.50"})");
  CHECK(body(R"({"doubleValue":"-Infinity"})") == R"({"message":"-Infinity"})");
  CHECK(body(R"({"boolValue":false})") == R"({"message":"false"})");
  CHECK(body(R"({"bytesValue":"AAE="})") == R"({"message":"\u0000\u0001"})");
  CHECK(body(R"({"bytesValue":"/w=="})") == "{\"message\":\"\xEF\xBF\xBD\",\"base64\":{\"message\":\"/w==\"}}");
  CHECK(body(R"({"arrayValue":{"values":[{"intValue":1},{}]}})") == R"({"message":"[1,null]"})");
  CHECK(body(R"({"kvlistValue":{}})") == R"({"message":{}})");
  CHECK(body("{}") == R"({"message":""})");
  CHECK(body("null") == R"({"message":""})");
}

TEST_CASE("otlp: what comes in another order, or is not known, changes nothing") {
  CHECK(
      messages(json(
          R"({"x":1,"resourceLogs":[{"scopeLogs":[{"logRecords":[{"new":[]}],"scope":{"name":"s"}},)"
          R"({"logRecords":[{}]}],"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"h"}}]}}]})")) ==
      Strings{R"({"hostname":"h","message":"","resource":{"host.name":"h"},"scope":{"name":"s"}})",
              R"({"hostname":"h","message":"","resource":{"host.name":"h"}})"});
}

TEST_CASE("otlp: records that are too long are left out, and the answer says so") {
  const std::string log =
      R"({"body":{"stringValue":"short"}},{"body":{"stringValue":")" + std::string(200, 'x') + "\"}}";
  const std::string body = R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[)" + log + "]}]}]}";
  const logcat::IntakeLimits limits{.message = 100, .body = 1000};
  const auto as_json = taken(json(body), limits);
  CHECK(api_test::messages_of(as_json) == Strings{R"({"message":"short"})"});
  const std::string why = "a message has 214 bytes; at most 100 are taken (--max-message)";
  CHECK(as_json->answer.body == R"({"partialSuccess":{"rejectedLogRecords":"1","errorMessage":")" + why + "\"}}");
  const auto as_protobuf = taken(record_bytes(field(5, field(1, std::string(200, 'x')))), limits);
  CHECK(api_test::messages_of(as_protobuf).empty());
  CHECK(as_protobuf->answer.body == field(1, "\x08\x01" + field(2, why)));
}

TEST_CASE("otlp: a request in which anything is wrong is refused whole, in its own encoding") {
  const std::string why = "the body is no ExportLogsServiceRequest";
  CHECK(taken(json("{")).error().body == R"({"code":3,"message":")" + why + "\"}");
  CHECK(taken(protobuf("x")).error().body == "\x08\x03" + field(2, why));
  CHECK(http::find_header(taken(protobuf("x")).error().headers, "Content-Type") == "application/x-protobuf");
  CHECK(api_test::refusal(api_test::post("/v1/logs", "text/plain", "")) == 415);
  for (const char* members :
       {R"("timeUnixNano":"x")", R"("timeUnixNano":-1)", R"("severityNumber":"INFO")", R"("traceId":"5B8")",
        R"("spanId":"xx")", R"("attributes":{})", R"("attributes":[1])", R"("body":"text")",
        R"("body":{"intValue":"1.5"})", R"("body":{"intValue":true})", R"("body":{"doubleValue":true})",
        R"("body":{"doubleValue":"1."})", R"("body":{"doubleValue":"inf"})", R"("body":{"boolValue":"true"})",
        R"("body":{"stringValue":1})", R"("body":{"bytesValue":"%"})", R"("body":{"arrayValue":[]})",
        R"("body":{"kvlistValue":{"values":{}}})", R"("severityText":1)"})
    CHECK_MESSAGE(api_test::refusal(record(members)) == 400, members);
}

TEST_CASE("otlp: strings that are not UTF-8 are malformed, and a body's bytes can be had back") {
  CHECK(messages(record_bytes(field(5, field(7, "\xff")))) == messages(record_bytes(field(5, field(1, "\xff")))));
  CHECK(messages(record_bytes(field(5, field(1, "\xff")))) ==
        Strings{"{\"message\":\"\xEF\xBF\xBD\",\"base64\":{\"message\":\"/w==\"}}"});
  CHECK(api_test::refusal(record_bytes(field(3, "\xff"))) == 400);
  CHECK(api_test::refusal(record_bytes(field(6, field(1, "\xff")))) == 400);
  CHECK(api_test::refusal(record_bytes(field(6, field(2, field(1, "\xff"))))) == 400);
}

TEST_CASE("otlp: values that are nested too deep are refused") {
  const auto nested = [](unsigned depth) {
    std::string value = "{}";
    for (unsigned i = 0; i < depth; ++i) value = R"({"arrayValue":{"values":[)" + value + "]}}";
    return api_test::refusal(record("\"body\":" + value));
  };
  CHECK(nested(31) == 0);
  CHECK(nested(32) == 400);
  const auto nested_bytes = [](unsigned depth) {
    std::string value;
    for (unsigned i = 0; i < depth; ++i) value = field(5, field(1, value));
    return api_test::refusal(record_bytes(field(5, value)));
  };
  CHECK(nested_bytes(31) == 0);
  CHECK(nested_bytes(32) == 400);
  CHECK(nested_bytes(1000) == 400);
  CHECK(api_test::refusal(json("{\"resourceLogs\":" + std::string(100000, '['))) == 400);
  CHECK(api_test::refusal(json(std::string(100000, '[') + std::string(100000, ']'))) == 400);
}

TEST_CASE("otlp: what is said once for many records does not make a batch of any size") {
  const std::string name =
      R"({"resourceLogs":[{"resource":{"attributes":[{"key":")" + std::string(1000, 'x') + "\"}]},";
  std::string logs = R"("scopeLogs":[{"logRecords":[{})";
  for (int i = 0; i < 500; ++i) logs += ",{}";
  CHECK(api_test::refusal(json(name + logs + "]}]}]}")) == 413);
  CHECK(api_test::refusal(json(name + logs + "]}]}]}"), {.message = 500, .body = 10000}) == 413);
}

TEST_CASE("otlp: a request that is cut off anywhere is refused") {
  CHECK(api_test::accepted_starts(json(kExample)) == 0);
  CHECK(api_test::accepted_starts(protobuf(kRequest)) == 1);  // nothing is an empty request
}
