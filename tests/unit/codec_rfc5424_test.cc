#include "codec_fixture.h"

using codec::Form;
using codec_test::check_rows;
using codec_test::Row;
using namespace std::string_view_literals;

TEST_CASE("RFC 5424's own examples are read") {
  static constexpr Row kRows[] = {
      {"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed for lonvick on /dev/pts/8"sv,
       Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15.003Z","hostname":"mymachine.example.com","appname":"su","msgid":"ID47","facility":"auth","severity":"crit","message":"'su root' failed for lonvick on /dev/pts/8"})"sv},
      {R"(<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.)"sv,
       Form::rfc5424,
       R"({"timestamp":"2003-08-24T05:14:15.000003-07:00","hostname":"192.0.2.1","appname":"myproc","procid":"8710","facility":"local4","severity":"notice","message":"%% It's time to make the do-nuts."})"sv},
      {"<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut=\"3\" "
       "eventSource=\"Application\" eventID=\"1011\"] \xef\xbb\xbf"
       "An application event log entry..."sv,
       Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15.003Z","hostname":"mymachine.example.com","appname":"evntslog","msgid":"ID47","facility":"local4","severity":"notice","structured_data":{"exampleSDID@32473":{"iut":"3","eventSource":"Application","eventID":"1011"}},"message":"An application event log entry..."})"sv},
      {R"(<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"][examplePriority@32473 class="high"])"sv,
       Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15.003Z","hostname":"mymachine.example.com","appname":"evntslog","msgid":"ID47","facility":"local4","severity":"notice","structured_data":{"exampleSDID@32473":{"iut":"3","eventSource":"Application","eventID":"1011"},"examplePriority@32473":{"class":"high"}},"message":""})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("RFC 5424 headers, times and structured data are read") {
  static constexpr Row kRows[] = {
      {R"(<34>1 - - - - - -)"sv, Form::rfc5424, R"({"facility":"auth","severity":"crit","message":""})"sv},
      {R"(<34>1 - - - - - - a message alone)"sv, Form::rfc5424,
       R"({"facility":"auth","severity":"crit","message":"a message alone"})"sv},
      {R"(<34>1 2003-10-11T22:14:15.003Z host app 1 ID47)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15.003Z","hostname":"host","appname":"app","procid":"1","msgid":"ID47","facility":"auth","severity":"crit","message":""})"sv},
      {R"(<13>1 2019-11-05T09:30:15.123456789+05:30 h a p m - nanoseconds)"sv, Form::rfc5424,
       R"({"timestamp":"2019-11-05T09:30:15.123456789+05:30","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"nanoseconds"})"sv},
      {R"(<13>1 2016-12-31T23:59:60Z h a p m - leap second)"sv, Form::rfc5424,
       R"({"timestamp":"2017-01-01T00:00:00Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"leap second"})"sv},
      {R"(<13>1 2003-10-11T22:14:15Z h a p m [a@1 q="\"quoted\"" b="back\\slash" c="close\]" n="\n"] escapes)"sv,
       Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","structured_data":{"a@1":{"q":"\"quoted\"","b":"back\\slash","c":"close]","n":"\\n"}},"message":"escapes"})"sv},
      {R"(<13>1 2003-10-11T22:14:15Z h a p m [a@1 ip="10.0.0.1" ip="10.0.0.2" x=""][b] repeated and bare)"sv,
       Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","structured_data":{"a@1":{"ip":["10.0.0.1","10.0.0.2"],"x":""},"b":{}},"message":"repeated and bare"})"sv},
      {R"(<13>1 2003-10-11T22:14:15Z h a p m [a@1 x="1"][b y="2"][a@1 z="3" x="4"] the same id twice)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","structured_data":{"a@1":{"x":["1","4"],"z":"3"},"b":{"y":"2"}},"message":"the same id twice"})"sv},
      {R"(<13>1 2003-10-11T22:14:15Z h a p m [a@1 x="1" no structured data)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"[a@1 x=\"1\" no structured data"})"sv},
      {R"(<13>1 2003-10-11T22:14:15Z h a p m the structured data was forgotten)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"the structured data was forgotten"})"sv},
      {R"(<13>1 2003-10-11T22:14:15Z h a p m [a@1 x="[1]"] bracket inside)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","structured_data":{"a@1":{"x":"[1]"}},"message":"bracket inside"})"sv},
      {R"(<13>1 2003-10-11T22:14:15Z h a p m - 日本語 € 😀)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"日本語 € 😀"})"sv},
      {"<13>1 2003-10-11T22:14:15Z h a p m - latin \xe9\xff and\x00nul\ttab"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"latin �� and\u0000nul\ttab","base64":{"message":"bGF0aW4g6f8gYW5kAG51bAl0YWI="}})"sv},
      {"<13>1 2003-10-11T22:14:15Z h a p m [a@1 x=\"\xe9\"] latin inside"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","structured_data":{"a@1":{"x":"�"}},"message":"latin inside","base64":{"structured_data":"W2FAMSB4PSLpIl0="}})"sv},
      {"<13>1 2003-10-11T22:14:15Z h a p m - newline at the end\n"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"newline at the end"})"sv},
      {R"(<13>1 2003-10-11T22:14:15Z h  p m - an empty field)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"an empty field"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("asked for RFC 5424, anything else is not parsed") {
  const auto line = "<13>Oct 11 22:14:15 host app: message"sv;
  const codec::Event event = codec::parse(line, codec::Mode::rfc5424, codec_test::context());
  CHECK(event.form == Form::unparsed);
  CHECK(event.message == line);
  CHECK(event.reason == "no version after the priority");
}

TEST_CASE("asked for nothing, all of it is the message") {
  const auto line = "<13>1 - - - - - - message\n"sv;
  const codec::Event event = codec::parse(line, codec::Mode::none, codec_test::context());
  CHECK(event.form == Form::none);
  CHECK(event.message == line);
}
