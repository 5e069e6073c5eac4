// json(), kv() and date().
#include <doctest/doctest.h>

#include "base/zone.h"
#include "rules/date_format.h"
#include "rules/kv_reader.h"
#include "rules/tags.h"
#include "rules_fixture.h"

using codec::Event;
using rules::Arguments;
using rules::Outcome;
using rules_test::event_of;
using rules_test::field;
using rules_test::fields;
using rules_test::made;
using rules_test::refusal;
using namespace std::string_view_literals;

namespace {

rules::Workspace workspace() {
  static const base::Zone zone(std::chrono::minutes(60), "CET");
  rules::Workspace space;
  space.clock = {.now = base::WallTime(std::chrono::seconds(1710504000)), .zone = &zone};  // 2024-03-15T12:00:00Z
  return space;
}

Event applied(std::string_view name, const Arguments& arguments, std::string_view text) {
  rules::Workspace space = workspace();
  Event event = event_of(text);
  CHECK(made(name, arguments)->apply(event, event.message, space) == Outcome::applied);
  return event;
}

bool refuses(std::string_view name, const Arguments& arguments, std::string_view text) {
  rules::Workspace space = workspace();
  Event event = event_of(text);
  return made(name, arguments)->apply(event, event.message, space) == Outcome::not_applied && fields(event) == "{}" &&
         !event.timestamp;
}

std::string time_of(const Arguments& arguments, std::string_view text) {
  rules::Workspace space = workspace();
  Event event = event_of(text);
  if (made("date", arguments)->apply(event, event.message, space) != Outcome::applied) return "none";
  return field(event, "timestamp");
}

}  // namespace

// ---- json

TEST_CASE("json(): members become fields with their types") {
  const Event event = applied("json", {}, R"( {"a":"x", "b": 1.50, "c":{"d": [1, 2]}, "e":null,"f":true} )");
  CHECK(fields(event) == R"({"a":"x","b":1.50,"c":{"d":[1,2]},"e":null,"f":true})");
  CHECK(field(event, "c.d") == "[1,2]");
}

TEST_CASE("json(): the prefix stands before each name, and known names set known fields") {
  CHECK(fields(applied("json", {{}, {{"prefix", "app."}}}, R"({"message":"m","n":1})")) ==
        R"({"app.message":"m","app.n":1})");
  const Event event = applied("json", {}, R"({"message":"inner","severity":"err","procid":77,"x":"y"})");
  CHECK(event.message == "inner");
  CHECK(event.severity == 3);
  CHECK(event.procid == "77");
  CHECK(fields(event) == R"({"x":"y"})");
}

TEST_CASE("json(): what a known field cannot be is left out, and tags the event") {
  const Event event = applied("json", {}, R"({"severity":"fine","hostname":["a"],"base64":{"x":"y"},"ok":1})");
  CHECK_FALSE(event.severity);
  CHECK(event.hostname.empty());
  CHECK(fields(event) == R"({"ok":1,"tags":["json_invalid"]})");
}

TEST_CASE("json(): what is no object is refused, and of repeated names the last counts") {
  CHECK(refuses("json", {}, "[1]"));
  CHECK(refuses("json", {}, "{\"a\":1"));
  CHECK(refuses("json", {}, "{\"a\":\"\xff\"}"));
  CHECK(refuses("json", {}, ""));
  CHECK(fields(applied("json", {}, R"({"a":1,"a":2})")) == R"({"a":2})");
  CHECK(fields(applied("json", {}, "{}")) == "{}");
}

// ---- kv

TEST_CASE("kv(): names and values, in quotes or not") {
  CHECK(fields(applied("kv", {}, R"(a=1 b="x \"y\" \\ \n" c='it''s' =no word d= e=x=y)")) ==
        R"({"a":"1","b":"x \"y\" \\ \\n","c":"it","d":"","e":"x=y"})");
}

TEST_CASE("kv(): a quote that does not end is part of the value") {
  CHECK(fields(applied("kv", {}, R"(a="b c=d)")) == R"({"a":"\"b","c":"d"})");
}

TEST_CASE("kv(): separators as asked") {
  CHECK(fields(applied("kv", {{}, {{"pair_separator", ","}, {"value_separator", ":"}}}, "a: 1, b : \"x, y\" ,c:2")) ==
        R"({"a":"1","b":"x, y","c":"2"})");
  CHECK(fields(applied("kv", {{}, {{"pair_separator", "&;"}, {"prefix", "q_"}}}, "a=1&b=2;c=3")) ==
        R"({"q_a":"1","q_b":"2","q_c":"3"})");
}

TEST_CASE("kv(): the values of a repeated name are a list, and names are made fit") {
  CHECK(fields(applied("kv", {}, "a=1 b[0]=2 a=3")) == R"({"a":["1","3"],"b_0_":"2"})");
}

TEST_CASE("kv(): any bytes") {
  const Event event = applied("kv", {}, "a=x\0y b=caf\xe9 c\xff=1"sv);
  CHECK(field(event, "a") == "x\0y"sv);
  CHECK(field(event, "b") == "caf\xe9");
  CHECK(field(event, "c_") == "1");
}

TEST_CASE("kv(): known fields are set") {
  const Event event = applied("kv", {}, "severity=warning appname=cron facility=none");
  CHECK(event.severity == 4);
  CHECK(event.appname == "cron");
  CHECK(rules::has_tag(event, "kv_invalid"));
}

TEST_CASE("kv(): a text without pairs is refused") {
  CHECK(refuses("kv", {}, "no pairs here"));
  CHECK(refuses("kv", {}, ""));
  CHECK(refuses("kv", {}, "= ="));
}

TEST_CASE("kv(): ten thousand fields in one message") {
  std::string text;
  for (int i = 0; i < 10000; ++i) text += "f" + std::to_string(i) + "=" + std::to_string(i) + " ";
  const Event event = applied("kv", {}, text);
  CHECK(field(event, "f0") == "0");
  CHECK(field(event, "f9999") == "9999");
}

TEST_CASE("kv(): bad separators are refused") {
  CHECK(refusal("kv", {{}, {{"pair_separator", ""}}}) == "kv(): pair_separator is empty");
  CHECK(refusal("kv", {{}, {{"value_separator", " "}}}) ==
        "kv(): pair_separator and value_separator have a byte in common");
  CHECK(refusal("kv", {{"x"}, {}}) == "kv(): there are too many arguments");
}

// ---- date

TEST_CASE("date(): notations with names") {
  CHECK(time_of({{"iso8601"}, {}}, "2024-03-01T12:00:00.125+02:00") == "2024-03-01T12:00:00.125+02:00");
  CHECK(time_of({{"iso8601"}, {}}, " 2024-03-01 12:00:00,5 ") == "2024-03-01T12:00:00.5+01:00");
  CHECK(time_of({{"unix"}, {}}, "1709290800.25") == "2024-03-01T12:00:00.25+01:00");
  CHECK(time_of({{"unix"}, {{"zone", "UTC"}}}, "-1") == "1969-12-31T23:59:59Z");
  CHECK(time_of({{"unix_ms"}, {{"zone", "UTC"}}}, "1709290800125") == "2024-03-01T11:00:00.125Z");
  CHECK(time_of({{"rfc3164"}, {}}, "Mar  1 12:00:00") == "2024-03-01T12:00:00+01:00");
}

TEST_CASE("date(): notations of one's own") {
  CHECK(time_of({{"%d/%b/%Y:%H:%M:%S %z"}, {}}, "10/Oct/2000:13:55:36 -0700") == "2000-10-10T13:55:36-07:00");
  CHECK(time_of({{"%F %T.%f"}, {}}, "2024-03-01 12:00:00.123456789012") == "2024-03-01T12:00:00.123456789+01:00");
  CHECK(time_of({{"%A, %B %e %y, %I:%M %p"}, {}}, "friday, March  1 24, 12:30 am") == "2024-03-01T00:30:00+01:00");
  CHECK(time_of({{"%m/%d/%Y %l:%M:%S%p"}, {}}, "3/1/2024  1:02:03PM") == "2024-03-01T13:02:03+01:00");
  CHECK(time_of({{"%Y.%j"}, {}}, "2024.366") == "2024-12-31T00:00:00+01:00");
  CHECK(time_of({{"[%s]%%"}, {{"zone", "UTC"}}}, "[86400]%") == "1970-01-02T00:00:00Z");
  CHECK(time_of({{"%Y-%m-%d %R %Z"}, {}}, "2024-03-01 12:00 CET") == "2024-03-01T12:00:00+01:00");
  CHECK(time_of({{"%Y-%m-%d %R %Z"}, {}}, "2024-03-01 12:00 GMT") == "2024-03-01T12:00:00Z");
}

TEST_CASE("date(): the first format that fits counts, and all of the text must be a time") {
  CHECK(time_of({{"unix", "%Y%m%d"}, {}}, "20240301x") == "none");
  CHECK(time_of({{"iso8601", "%Y/%m/%d"}, {}}, "2024/03/01") == "2024-03-01T00:00:00+01:00");
}

TEST_CASE("date(): a time without a year is of the latest that fits") {
  CHECK(time_of({{"%b %d %H:%M"}, {}}, "Mar 17 12:00") == "2024-03-17T12:00:00+01:00");
  CHECK(time_of({{"%b %d %H:%M"}, {}}, "Mar 18 12:00") == "2023-03-18T12:00:00+01:00");
  CHECK(time_of({{"%b %d"}, {}}, "Feb 29") == "2024-02-29T00:00:00+01:00");
}

TEST_CASE("date(): a zone by its name") {
  const Arguments paris{{"%F %T"}, {{"zone", "Europe/Paris"}}};
  CHECK(time_of(paris, "2024-03-01 12:00:00") == "2024-03-01T12:00:00+01:00");
  CHECK(time_of(paris, "2024-07-01 12:00:00") == "2024-07-01T12:00:00+02:00");
  CHECK(time_of({{"%F %T"}, {{"zone", "-03:30"}}}, "2024-07-01 12:00:00") == "2024-07-01T12:00:00-03:30");
  CHECK(time_of({{"unix"}, {{"zone", "Asia/Kolkata"}}}, "1709290800") == "2024-03-01T16:30:00+05:30");
}

TEST_CASE("date(): what is no time is refused") {
  for (const char* const text :
       {"", "2024-02-30 00:00:00", "2024-03-01 24:00:00", "2024-03-01", "x", "2024-3-1 1:2:3x"})
    CHECK(time_of({{"%F %T"}, {}}, text) == "none");
  CHECK(time_of({{"unix"}, {}}, "99999999999999") == "none");
  CHECK(time_of({{"unix_ms"}, {}}, "12x45") == "none");
  CHECK(time_of({{"%Y-%m-%d %Z"}, {}}, "2024-03-01 XYZ") == "none");
}

TEST_CASE("date(): bad formats and zones are refused") {
  CHECK(refusal("date", {}) == "date(): an argument is missing");
  CHECK(refusal("date", {{"%Q"}, {}}) == "date(): format of dates \"%Q\": column 1: there is no \"%Q\"");
  CHECK(refusal("date", {{"%"}, {}}) == "date(): format of dates \"%\": nothing follows %");
  CHECK(refusal("date", {{"%H:%M"}, {}}).find("it needs a month and a day") != std::string::npos);
  CHECK(refusal("date", {{"unix"}, {{"zone", "Mars/Base"}}})
            .starts_with("date(): time zone \"Mars/Base\": no such file"));
  CHECK(refusal("date", {{"unix"}, {{"zone", "../etc/passwd"}}}).find("no name such as") != std::string::npos);
}

TEST_CASE("time zones: a damaged file is refused") {
  CHECK_FALSE(base::Zone::read(""));
  CHECK_FALSE(base::Zone::read("TZif2" + std::string(39, '\0')));
  CHECK_FALSE(base::Zone::read("TZif2" + std::string(39, '\xff')));
  CHECK_FALSE(base::Zone::read("TZif2" + std::string(200, '\x01')));
}
