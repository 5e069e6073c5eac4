#include "codec/json_walk.h"
#include "codec_fixture.h"

using codec::Form;
using codec_test::check_rows;
using codec_test::Row;
using namespace std::string_view_literals;

TEST_CASE("JSON events are read, others are kept as they are") {
  static constexpr Row kRows[] = {
      {R"({"timestamp":"2024-03-01T12:34:56.789+01:00","hostname":"h","appname":"a","procid":"1","msgid":"m","facility":"auth","severity":"err","structured_data":{"a@1":{"x":"1","y":["2","]"]},"b":{}},"message":"all of it"})"sv,
       Form::json,
       R"({"timestamp":"2024-03-01T12:34:56.789+01:00","hostname":"h","appname":"a","procid":"1","msgid":"m","facility":"auth","severity":"err","structured_data":{"a@1":{"x":"1","y":["2","]"]},"b":{}},"message":"all of it"})"sv},
      {R"({"message":"escapes \u00e9 \ud83d\ude00 \n \"q\"","severity":3,"procid":77,"facility":"Local7"})"sv,
       Form::json, R"({"procid":"77","facility":"local7","severity":"err","message":"escapes é 😀 \n \"q\""})"sv},
      {R"({"message":"others","level":1.10,"big":123456789012345678901234567890,"k":{"z":[1, 2, {"s":"a \" b"}]},"e":null})"sv,
       Form::json,
       R"({"message":"others","level":1.10,"big":123456789012345678901234567890,"k":{"z":[1,2,{"s":"a \" b"}]},"e":null})"sv},
      {R"({"level":"info","msg":"no message"})"sv, Form::json, R"({"level":"info","msg":"no message"})"sv},
      {R"({ "level" : "in fo", "k" : { "z" : [ 1, "\" " ] }, "hostname": "h", "message": null } )"sv, Form::json,
       R"({"hostname":"h","level":"in fo","k":{"z":[1,"\" "]}})"sv},
      {R"({})"sv, Form::json, R"({})"sv},
      {R"({"message":"m","a":["1","�"],"b":"�","base64":{"a":[null, "6Q=="],"b":"/w=="}})"sv, Form::json,
       R"({"message":"m","base64":{"a":[null,"6Q=="],"b":"/w=="},"a":["1","�"],"b":"�"})"sv},
      {R"({"message":"m","base64":{"b":"/w=="}})"sv, Form::json,
       R"({"message":{"message":"m","base64":{"b":"/w=="}}})"sv},
      {R"({"a":1,"base64":{"message":"/w=="}})"sv, Form::json, R"({"message":{"a":1,"base64":{"message":"/w=="}}})"sv},
      {R"({"message":{"level": 1},"hostname":"h","other":2})"sv, Form::json,
       R"({"hostname":"h","message":{"level":1},"other":2})"sv},
      {R"({"message":{"level":1},"message":"both are kept"})"sv, Form::json,
       R"({"message":{"message":{"level":1},"message":"both are kept"}})"sv},
      {R"({"message":{"level":1},"base64":{"message":"/w=="}})"sv, Form::json,
       R"({"message":"�","base64":{"message":"/w=="}})"sv},
      {R"({"timestamp":1709290000,"message":"no event either"})"sv, Form::json,
       R"({"message":{"timestamp":1709290000,"message":"no event either"}})"sv},
      {R"({"message":"null is nothing","hostname":null})"sv, Form::json, R"({"message":"null is nothing"})"sv},
      {R"({"message":"�","base64":{"message":"/w=="}})"sv, Form::json,
       R"({"message":"�","base64":{"message":"/w=="}})"sv},
      {R"({"message":"was not parsed","unparsed":"empty"})"sv, Form::unparsed,
       R"({"message":"was not parsed","unparsed":"empty"})"sv},
      {R"({"message":"broken")"sv, Form::unparsed,
       R"({"message":"{\"message\":\"broken\"","unparsed":"not a JSON object"})"sv},
      {R"([1,2])"sv, Form::unparsed,
       R"({"message":"[1,2]","unparsed":"neither a priority nor a time at the start"})"sv},
      {R"(<13>{"message":"JSON after a priority"})"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","facility":"user","severity":"notice","message":"{\"message\":\"JSON after a priority\"}"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("a NUL is no part of JSON, and not its end") {
  CHECK(codec::is_json("{\"a\":1}"sv));
  CHECK_FALSE(codec::is_json("{\"a\":1}\0"sv));
  CHECK_FALSE(codec::is_json("{\"a\":1}\0\0}{"sv));
  CHECK_FALSE(codec::is_json("{\"a\":\"\0\"}"sv));
}
