#include <snappy.h>

#include "tests/unit/logcat_http_api_cases.h"
#include "tools/logcat/http/stream_labels.h"

namespace {

using api_test::messages;
using api_test::Strings;
using api_test::taken;

http::Request json(std::string body) {
  return api_test::post("/loki/api/v1/push", "application/json", std::move(body));
}

http::Request protobuf(std::string_view push) {
  std::string block;
  snappy::Compress(push.data(), push.size(), &block);
  return api_test::post("/loki/api/v1/push", "application/x-protobuf", std::move(block));
}

// Encoded by protoc: two entries of {job="web", env="prod \"1\""}, the second with structured metadata.
const std::string kPush = api_test::from_hex(
    "0a6d0a1d7b6a6f623d22776562222c20656e763d2270726f64205c22315c22227d12110a0808be9183ed0510051205666972"
    "737412370a0608bf9183ed0512077365636f6e640a1a180a0874726163655f6964120c3032343261633132303030321a0a0a"
    "036a6f6212036f776e180712046c6f6b69");

// What {TEXT} makes of an event, as JSON; "refused" where it is refused.
std::string labels(std::string_view text) {
  logcat::Labels labels;
  if (!logcat::add_stream_labels(labels, text)) return "refused";
  codec::Event event;
  labels.fill(event);
  return std::string(event.members);
}

}  // namespace

TEST_CASE("loki: the documentation's request in JSON") {
  const auto request =
      json(R"({"streams": [{"stream": {"foo": "bar2"}, "values": [ ["1570818238000000000", "fizzbuzz"], )"
           R"(["1570818238000000001", "two", {"trace_id": "0242ac120002", "user_id": "superUser123"}]]}]})");
  CHECK(messages(request) ==
        Strings{R"({"timestamp":"2019-10-11T18:23:58.000000000Z","message":"fizzbuzz","foo":"bar2"})",
                R"({"timestamp":"2019-10-11T18:23:58.000000001Z","message":"two","foo":"bar2",)"
                R"("trace_id":"0242ac120002","user_id":"superUser123"})"});
  CHECK(taken(request)->answer.status == 204);
}

TEST_CASE("loki: protobuf in a block of snappy") {
  CHECK(messages(protobuf(kPush)) ==
        Strings{R"({"timestamp":"2019-10-11T18:23:58.000000005Z","message":"first","job":"web","env":"prod \"1\""})",
                R"({"timestamp":"2019-10-11T18:23:59.000000000Z","message":"second\n","job":"web",)"
                R"("env":"prod \"1\"","trace_id":"0242ac120002","job_2":"own"})"});
  auto untyped = protobuf(kPush);
  untyped.headers.clear();
  CHECK(messages(untyped).size() == 2);
  CHECK(messages(protobuf("")).empty());
}

TEST_CASE("loki: labels that are fields fill them, and those of another meaning get another name") {
  CHECK(messages(json(R"({"streams":[{"stream":{"hostname":"h","appname":"a","procid":"1","msgid":"m",)"
                      R"("severity":"warn","facility":"mail","message":"x","timestamp":"y","base64":"z",)"
                      R"("structured_data":"s","label_message":"l"},"values":[["1","line"]]}]})")) ==
        Strings{R"({"timestamp":"1970-01-01T00:00:00.000000001Z","hostname":"h","appname":"a","procid":"1",)"
                R"("msgid":"m","facility":"mail","severity":"warning","message":"line","label_message":"x",)"
                R"("label_timestamp":"y","label_base64":"z","label_structured_data":"s","label_message_2":"l"})"});
}

TEST_CASE("loki: labels as Go writes them") {
  CHECK(labels("{}") == "");
  CHECK(labels(R"( { a = "b" , "c d"=`e\"`,} )") == R"(,"a":"b","c d":"e\\\"")");
  CHECK(labels(R"({a="\a\b\f\n\r\t\v\\\"\x41\101\u00e9\u20ac\U0001f600"})") ==
        R"(,"a":"\u0007\b\f\n\r\t\u000b\\\"AA)"
        "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  for (const char* wrong : {"", "{", "a=\"b\"", "{a}", "{a=b}", "{a=\"b}", "{a=\"b\"", "{a=\"b\" c=\"d\"}", "{,}",
                            "{a=\"b\"}x", "{=\"b\"}", R"({a="\q"})", R"({a="\xff"})", R"({a="\ud800"})",
                            R"({a="\U00110000"})", R"({a="\400"})", R"({a="\u12"})", "{a=`b}"})
    CHECK(labels(wrong) == "refused");
}

TEST_CASE("loki: bytes of a line that are not UTF-8 can be had back") {
  CHECK(messages(protobuf(api_test::from_hex("0a0a0a027b7d12041202ff41"))) ==
        Strings{"{\"message\":\"\xEF\xBF\xBD"
                "A\",\"base64\":{\"message\":\"/0E=\"}}"});
}

TEST_CASE("loki: a request in which anything is wrong is refused whole") {
  for (const char* body :
       {"", "[]", "{}", R"({"streams":{}})", R"({"streams":[1]})", R"({"streams":[{"stream":{"a":1},"values":[]}]})",
        R"({"streams":[{"stream":{},"values":[["1"]]}]})", R"({"streams":[{"stream":{},"values":[["1",2]]}]})",
        R"({"streams":[{"stream":{},"values":[["-1","a"]]}]})", R"({"streams":[{"stream":{},"values":[["x","a"]]}]})",
        R"({"streams":[{"stream":{},"values":[["1","a",[]]]}]})",
        R"({"streams":[{"stream":{},"values":[["1","a",{},1]]}]})", R"({"streams":[{"stream":{}}]})"})
    CHECK_MESSAGE(api_test::refusal(json(body)) == 400, body);
  CHECK(api_test::refusal(json(R"({"streams":[{"stream":{},"values":[["1","a"],["1",")" + std::string(3000, 'x') +
                               R"("]]}]})")) == 413);
  auto no_snappy = protobuf("");
  no_snappy.body = kPush;
  CHECK(api_test::refusal(no_snappy) == 400);
}

TEST_CASE("loki: what is said once for many lines does not make a batch of any size") {
  std::string body = R"({"streams":[{"stream":{"a":")" + std::string(1000, 'x') + R"("},"values":[["1",""])";
  for (int i = 0; i < 100; ++i) body += R"(,["1",""])";
  CHECK(api_test::refusal(json(body + "]}]}")) == 413);
}

TEST_CASE("loki: the size of a block is looked at before it is inflated") {
  CHECK(api_test::refusal(protobuf(std::string(10001, '\0'))) == 413);
  auto lies = protobuf("");
  lies.body = "\xff\xff\xff\xff\x0f";  // 4 GiB, and nothing follows
  CHECK(api_test::refusal(lies) == 413);
}

TEST_CASE("loki: a request that is cut off anywhere is refused") {
  CHECK(api_test::accepted_starts(json(R"({"streams":[{"stream":{"a":"b"},"values":[["1","a\n",{"b":"c"}]]}]})")) == 0);
  CHECK(api_test::accepted_starts(protobuf(kPush)) == 0);
}

TEST_CASE("loki: protobuf that is cut off anywhere but between its fields is refused") {
  std::size_t taken_starts = 0;
  for (std::size_t length = 0; length < kPush.size(); ++length)
    taken_starts += api_test::refusal(protobuf(std::string_view(kPush).substr(0, length))) == 0;
  CHECK(taken_starts == 2);  // nothing at all, and all but the last field, which is not looked at
}
