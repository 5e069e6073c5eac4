// Messages of which a field cannot be read: the others can.
#include "codec_fixture.h"

using codec::Form;
using codec_test::check_rows;
using codec_test::Row;
using namespace std::string_view_literals;

TEST_CASE("Meraki's header of seconds, host and type is understood") {
  static constexpr Row kRows[] = {
      {R"(<187>1 1563249630.774247467 MX84 security_event ids_alerted priority=1)"sv, Form::rfc5424,
       R"({"timestamp":"2019-07-16T04:00:30.774247467Z","hostname":"MX84","appname":"security_event","facility":"local7","severity":"err","message":"ids_alerted priority=1"})"sv},
      {R"(<134>1 1374543213.342705328 MX84 urls src=192.168.1.186:63735 dst=69.58.188.40:80 mac=58:1F:AA:CE:61:F2 request: GET https://example.org/)"sv,
       Form::rfc5424,
       R"({"timestamp":"2013-07-23T01:33:33.342705328Z","hostname":"MX84","appname":"urls","facility":"local0","severity":"info","message":"src=192.168.1.186:63735 dst=69.58.188.40:80 mac=58:1F:AA:CE:61:F2 request: GET https://example.org/"})"sv},
      {R"(<134>1 948077314.907556162 MX60 events dhcp)"sv, Form::rfc5424,
       R"({"timestamp":"2000-01-17T02:48:34.907556162Z","hostname":"MX60","appname":"events","facility":"local0","severity":"info","message":"dhcp"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("RFC 5424 with a time of another notation is understood") {
  static constexpr Row kRows[] = {
      {R"(<13>1 2003-10-11T22:14:15.003+0000 h a p m - no colon)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15.003Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"no colon"})"sv},
      {R"(<13>1 2003-10-11t22:14:15z h a p m - lower case)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"lower case"})"sv},
      {R"(<13>1 2003-12-31T24:00:00Z h a p m - end of the day)"sv, Form::rfc5424,
       R"({"timestamp":"2004-01-01T00:00:00Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"end of the day"})"sv},
      {R"(<13>1 2003-10-11T22:14:15 h a p m - no offset)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15+01:00","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"no offset"})"sv},
      {R"(<13>1 2003-10-11 22:14:15Z h a p m - space for T)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"space for T"})"sv},
      {R"(<13>1 1709290000 h a p m - seconds)"sv, Form::rfc5424,
       R"({"timestamp":"2024-03-01T10:46:40Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"seconds"})"sv},
      {R"(<13>1 1709290000.5 h a p m [x@1 k="v"] seconds and structured data)"sv, Form::rfc5424,
       R"({"timestamp":"2024-03-01T10:46:40.5Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","structured_data":{"x@1":{"k":"v"}},"message":"seconds and structured data"})"sv},
      {R"(<13>2 2003-10-11T22:14:15Z h a p m - another version)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"notice","message":"another version"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("a field that cannot be read does not cost the others, and the message begins at it") {
  static constexpr Row kRows[] = {
      {R"(<11>1 2003-02-30T22:14:15Z h a p m - no such day)"sv, Form::rfc5424,
       R"({"hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"err","message":"2003-02-30T22:14:15Z h a p m - no such day"})"sv},
      {R"(<11>1 yesterday h a p m [x@1 k="v"] hello)"sv, Form::rfc5424,
       R"({"hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"user","severity":"err","structured_data":{"x@1":{"k":"v"}},"message":"yesterday h a p m [x@1 k=\"v\"] hello"})"sv},
      {R"(<11>1 2003-10-11T22:14:15Z h a)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","facility":"user","severity":"err","message":""})"sv},
      {R"(<11>1 2003-10-11T22:14:15Z)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","facility":"user","severity":"err","message":""})"sv},
      {R"(<192>Oct 11 22:14:15 host app: too high)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"<192>Oct 11 22:14:15 host app: too high"})"sv},
      {R"(<>Oct 11 22:14:15 host app: empty)"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":"<>Oct 11 22:14:15 host app: empty"})"sv},
      {R"(<abc>1 2003-10-11T22:14:15Z h a p m - letters)"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","message":"<abc>1 2003-10-11T22:14:15Z h a p m - letters"})"sv},
      {R"(<11>Feb 30 10:00:00 host app[7]: no such day)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"host","appname":"app","procid":"7","facility":"user","severity":"err","message":"Feb 30 10:00:00 host app[7]: no such day"})"sv},
      {R"(<11>2024-13-01T10:00:00Z host app: no such month)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"host","appname":"app","facility":"user","severity":"err","message":"2024-13-01T10:00:00Z host app: no such month"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("what is not parsed keeps its priority") {
  static constexpr Row kRows[] = {
      {R"(<11>1 cows in the field)"sv, Form::unparsed,
       R"({"facility":"user","severity":"err","message":"<11>1 cows in the field","unparsed":"the timestamp is not one of RFC 5424"})"sv},
      {R"(<11>1 - two words)"sv, Form::unparsed,
       R"({"facility":"user","severity":"err","message":"<11>1 - two words","unparsed":"the header is incomplete"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("what only starts like RFC 5424 of another version is read as RFC 3164") {
  static constexpr Row kRows[] = {
      {R"(<13>2 cows in the field)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","facility":"user","severity":"notice","message":"2 cows in the field"})"sv},
      {R"(<13>2 2003-10-11T22:14:15Z cows)"sv, Form::rfc3164,
       R"({"timestamp":"2024-03-15T13:00:00.000000+01:00","hostname":"peer.example","facility":"user","severity":"notice","message":"2 2003-10-11T22:14:15Z cows"})"sv},
  };
  check_rows(kRows);
}

TEST_CASE("a CR at the end is part of a message, and of nothing before it") {
  static constexpr Row kRows[] = {
      {"<34>1 - - - - - -\r\n"sv, Form::rfc5424, R"({"facility":"auth","severity":"crit","message":""})"sv},
      {"<34>1 2003-10-11T22:14:15Z h a p ID47\r"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"ID47","facility":"auth","severity":"crit","message":""})"sv},
      {"<34>1 2003-10-11T22:14:15Z h a p m [x@1 k=\"v\"]\r\n"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"auth","severity":"crit","structured_data":{"x@1":{"k":"v"}},"message":""})"sv},
      {"<34>1 2003-10-11T22:14:15Z h a p m - text\r\n"sv, Form::rfc5424,
       R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"h","appname":"a","procid":"p","msgid":"m","facility":"auth","severity":"crit","message":"text\r"})"sv},
      {"<13>Oct 11 22:14:15 host\r\n"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","facility":"user","severity":"notice","message":""})"sv},
      {"<13>Oct 11 22:14:15 host app\r"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","facility":"user","severity":"notice","message":""})"sv},
      {"<13>Oct 11 22:14:15 host app[1]:\r"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"host","appname":"app","procid":"1","facility":"user","severity":"notice","message":""})"sv},
      {"<13>Oct 11 22:14:15\r"sv, Form::rfc3164,
       R"({"timestamp":"2023-10-11T22:14:15+01:00","hostname":"peer.example","facility":"user","severity":"notice","message":""})"sv},
      {"2024-03-01T12:34:56Z\r\n"sv, Form::timed,
       R"({"timestamp":"2024-03-01T12:34:56Z","hostname":"peer.example","message":""})"sv},
  };
  check_rows(kRows);
}
