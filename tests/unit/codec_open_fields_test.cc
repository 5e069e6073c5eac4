#include "codec/assignment.h"
#include "codec/format.h"
#include "codec/where.h"
#include "codec_fixture.h"

using codec::Event;
using codec_test::json;
using codec_test::parsed;
using namespace std::string_view_literals;

namespace {

constexpr auto kEvent =
    R"({"message":"m","level":"error","status":503,"ratio":0.50,"ok":false,"none":null,"tags":["web","a\tb"],)"
    R"("user":{"name":"eve","groups":["x"],"at":{"city":"Bonn"}},"user.id":"7"})"sv;

std::string rendered(std::string_view format, const Event& event) {
  std::string text;
  codec::Format::compile(format)->append(text, event);
  return text;
}

bool keeps(std::string_view expression, std::string_view line) {
  return codec::Where::compile(expression)->matches(parsed(line));
}

void set(Event& event, std::string_view assignment) {
  REQUIRE(codec::Assignment::compile(assignment)->apply(event));
}

std::string json_after(std::string_view line, std::string_view assignment) {
  Event event = parsed(line);
  set(event, assignment);
  return json(event);
}

}  // namespace

TEST_CASE("open fields: a template has them by name, as text") {
  const Event event = parsed(kEvent);
  CHECK(rendered("%{level} %{status} %{ratio} %{ok} <%{none}%{nothing}>", event) == "error 503 0.50 false <>");
  CHECK(rendered("%{tags} %{user.name} %{user.at.city} %{user.id}", event) == R"(["web","a\tb"] eve Bonn 7)");
  CHECK(rendered("%{user}", event) == R"({"name":"eve","groups":["x"],"at":{"city":"Bonn"}})");
  CHECK(rendered("<%{user.at.city.x}%{level.x}%{use}%{user.}>", event) == "<>");
}

TEST_CASE("open fields: escapes in names and values are undone") {
  const Event event = parsed(R"({"message":"m","le\u0076el":"a\n\u00e9","a.b":{"c":"\"q\""}})");
  CHECK(rendered("%{level} %{a.b.c}", event) == "a\n\xc3\xa9 \"q\"");
}

TEST_CASE("open fields: of a repeated name the first is used, and --set leaves one") {
  constexpr auto line = R"({"message":"m","a":1,"b":2,"a":3})"sv;
  CHECK(json(parsed(line)) == line);
  CHECK(rendered("%{a}", parsed(line)) == "1");
  CHECK(json_after(line, "a=x") == R"({"message":"m","a":"x","b":2})");
  CHECK(json_after(line, "a=") == R"({"message":"m","b":2})");
}

TEST_CASE("open fields: expressions compare numbers as numbers, and text as text") {
  CHECK(keeps("level == error and level != err and level =~ ^err", kEvent));
  CHECK(keeps("status >= 500 and status < 1e3 and status == 503.0 and not status > 503", kEvent));
  CHECK(keeps("ratio == 0.5 and ratio <= 0.5 and ok == false and ok", kEvent));
  CHECK_FALSE(keeps("level > 0 or level <= 0", kEvent));
  CHECK(keeps("a < 9007199254740993", R"({"message":"m","a":9007199254740992})"));
  CHECK(keeps("a == 007 and not a == 7", R"({"message":"m","a":"007"})"));
  CHECK(keeps("a > 400", R"({"message":"m","a":"503"})"));
}

TEST_CASE("open fields: a test of a list is true if it is true of one of its elements") {
  CHECK(keeps("tags == web and tags =~ ^a\\s and tags", kEvent));
  CHECK_FALSE(keeps("tags != web or tags !~ b", kEvent));
  CHECK(keeps("tags != db", kEvent));
  CHECK_FALSE(keeps("a", R"({"message":"m","a":[]})"));
  CHECK(keeps("a >= 3", R"({"message":"m","a":[1,3]})"));
}

TEST_CASE("open fields: what is missing or null equals and matches nothing, and has no order") {
  CHECK_FALSE(keeps("none or nothing or nothing == \"\" or nothing =~ \"\" or nothing < 5", kEvent));
  CHECK(keeps("none != x and nothing !~ x", kEvent));
  CHECK_FALSE(keeps("level == error", "<13>Oct 11 22:14:15 h a: error"));
}

TEST_CASE("open fields: --set replaces them where they stand, and adds others at the end") {
  constexpr auto line = R"({"message":"m","a":{"b":1,"c":[2]},"d":3})"sv;
  CHECK(json_after(line, "d=4 %{a.b}") == R"({"message":"m","a":{"b":1,"c":[2]},"d":"4 1"})");
  CHECK(json_after(line, "a.b=x") == R"({"message":"m","a":{"b":"x","c":[2]},"d":3})");
  CHECK(json_after(line, "a.e.f=x") == R"({"message":"m","a":{"b":1,"c":[2],"e.f":"x"},"d":3})");
  CHECK(json_after(line, "a.b=") == R"({"message":"m","a":{"c":[2]},"d":3})");
  CHECK(json_after(line, "d.e=x") == R"({"message":"m","a":{"b":1,"c":[2]},"d":3,"d.e":"x"})");
  CHECK(json_after("<13>1 - h - - - - m", "env=\"prod\"") ==
        R"({"hostname":"h","facility":"user","severity":"notice","message":"m","env":"\"prod\""})");
}

TEST_CASE("open fields: bytes that are not UTF-8 come back from JSON") {
  Event event = parsed("<13>1 - - - - - - caf\xe9");
  set(event, "note=%{message}");
  const std::string text = json(event);
  CHECK(text ==
        "{\"facility\":\"user\",\"severity\":\"notice\",\"message\":\"caf\xef\xbf\xbd\",\"base64\":{\"message\":"
        "\"Y2Fm6Q==\",\"note\":\"Y2Fm6Q==\"},\"note\":\"caf\xef\xbf\xbd\"}");
  Event again = parsed(text);
  CHECK(json(again) == text);
  CHECK(rendered("%{note}", again) == "caf\xe9");
  CHECK(rendered("rfc5424", again) == "<13>1 - - - - - [fields@32473 note=\"caf\xe9\"] caf\xe9");
  set(again, "note=x");
  CHECK(rendered("%{note}", again) == "x");
}

TEST_CASE("open fields: an object without a message is an event, and all of it is the message elsewhere") {
  constexpr auto line = R"({"level": "info","hostname":"h","severity":"err"})"sv;
  Event event = parsed(line);
  CHECK(rendered("%{message}", event) == line);
  CHECK(rendered("rfc5424", event) == "<11>1 - h - - - - " + std::string(line));
  set(event, "level=warn");
  CHECK(json(event) == R"({"hostname":"h","severity":"err","level":"warn"})");
  CHECK(rendered("rfc5424", event) == R"(<11>1 - h - - - - {"level":"warn"})");
  set(event, "message=text");
  CHECK(json(event) == R"({"hostname":"h","severity":"err","message":"text","level":"warn"})");
}

TEST_CASE("open fields: the members of a message that is an object are found as well") {
  constexpr auto line = R"({"message":{"level": "info","a":1},"a":2})"sv;
  CHECK(keeps("level == info and message.level == info and a == 2 and message.a == 1", line));
  CHECK(json_after(line, "level=x") == R"({"message":{"level":"x","a":1},"a":2})");
  CHECK(json_after(line, "message.a=") == R"({"message":{"level":"info"},"a":2})");
  CHECK(json_after(line, "b=x") == R"({"message":{"level":"info","a":1},"a":2,"b":"x"})");
  CHECK(keeps("level == info", R"({"timestamp":1709290000,"message":"an object of another kind","level":"info"})"));
}

TEST_CASE("open fields: RFC 5424 has them in one element of structured data") {
  CHECK(rendered("rfc5424", parsed(kEvent)) ==
        "<13>1 - - - - - [fields@32473 level=\"error\" status=\"503\" ratio=\"0.50\" ok=\"false\" tags=\"web\" "
        "tags=\"a\tb\" user.name=\"eve\" user.groups=\"x\" user.at.city=\"Bonn\" user.id=\"7\"] m");
  Event event = parsed(R"(<13>1 - - - - - [fields@32473 x="]"][a b="1"] m)");
  set(event, "quoted=\"]\\");
  CHECK_FALSE(codec::Assignment::compile("x y=1"));
  CHECK(rendered("rfc5424", event) == R"(<13>1 - - - - - [fields@32473 x="]" quoted="\"\]\\"][a b="1"] m)");
}

TEST_CASE("open fields: names that cannot be parameters are made so") {
  CHECK(rendered("rfc5424", parsed(R"({"message":"m","a b=\"]\u00e9":1,"":2,"n":null})")) ==
        R"(<13>1 - - - - - [fields@32473 a_b_____="1" _="2"] m)");
  CHECK(rendered("rfc5424", parsed(R"({"message":"m","n":null})")) == "<13>1 - - - - - - m");
}

TEST_CASE("open fields: objects nested very deeply are not read in depth") {
  std::string line = R"({"message":"m","a":)";
  for (int i = 0; i < 100000; ++i) line += R"({"a":)";
  line += "1" + std::string(100001, '}');
  CHECK(json(parsed(line)) == line);
  CHECK(rendered("rfc5424", parsed(line)).size() > 100000);
  CHECK(rendered("%{a}", parsed(line)).size() > 100000);
}
