#include "rules/grok.h"

#include "rules/tags.h"
#include "rules_fixture.h"

using codec::Event;
using rules::Grok;
using rules::Outcome;
using rules::Patterns;
using rules_test::event_of;
using rules_test::field;
using rules_test::fields;
using namespace std::string_view_literals;

namespace {

Patterns few() {
  Patterns patterns;
  REQUIRE(patterns.add("WORD", "\\w+", "few:1"));
  REQUIRE(patterns.add("INT", "[+-]?[0-9]+", "few:2"));
  REQUIRE(patterns.add("NUMBER", "[+-]?[0-9.]+", "few:3"));
  REQUIRE(patterns.add("PAIR", "%{WORD:key}=%{INT:value:int}", "few:4"));
  REQUIRE(patterns.add("BAD", "(", "few:5"));
  return patterns;
}

struct Applied {
  Event event;
  Outcome outcome;
};

Applied applied(std::vector<std::string> expressions, std::string_view message, std::string_view prefix = {}) {
  const auto grok = Grok::compile(few(), expressions, prefix);
  if (!grok) FAIL(grok.error().text());
  rules::Workspace workspace;
  Applied result{event_of(message), {}};
  result.outcome = (*grok)->apply(result.event, result.event.message, workspace);
  return result;
}

std::string refusal(const std::string& expression) {
  const auto grok = Grok::compile(few(), std::vector{expression});
  return grok ? "" : grok.error().text();
}

}  // namespace

TEST_CASE("grok: captures become fields, numbers stay numbers") {
  const auto [event, outcome] = applied({"%{WORD:a} %{INT:b:int} %{NUMBER:c:float} %{NUMBER:d}"}, "one -02 1.50 7");
  CHECK(outcome == Outcome::applied);
  CHECK(fields(event) == R"({"a":"one","b":-2,"c":1.50,"d":"7",)"
                         R"("grok_pattern":"%{WORD:a} %{INT:b:int} %{NUMBER:c:float} %{NUMBER:d}"})");
}

TEST_CASE("grok: a pattern's name alone stands for it") {
  CHECK(fields(applied({"PAIR"}, "x a=1").event) == R"({"key":"a","value":1,"grok_pattern":"PAIR"})");
  CHECK(fields(applied({"%{PAIR}"}, "x a=1").event) == R"({"key":"a","value":1,"grok_pattern":"PAIR"})");
}

TEST_CASE("grok: the first pattern that matches counts") {
  const auto [event, outcome] = applied({"^%{INT:int}$", "PAIR", "%{WORD:word}"}, "a=1");
  CHECK(field(event, "grok_pattern") == "PAIR");
  CHECK(field(event, "word") == "");
}

TEST_CASE("grok: an event that no pattern matches stays as it was") {
  const auto [event, outcome] = applied({"PAIR"}, "nothing");
  CHECK(outcome == Outcome::not_applied);
  CHECK(fields(event) == "{}");
}

TEST_CASE("grok: named groups are fields too, and of one name the first that is not empty counts") {
  CHECK(fields(applied({"(?<x>[a-z]*)-(?<x>[0-9]+)"}, "-12").event) ==
        R"x({"x":"12","grok_pattern":"(?<x>[a-z]*)-(?<x>[0-9]+)"})x");
}

TEST_CASE("grok: the prefix stands before all names but grok_pattern") {
  CHECK(fields(applied({"PAIR"}, "a=1", "web.").event) == R"({"web.key":"a","web.value":1,"grok_pattern":"PAIR"})");
}

TEST_CASE("grok: known fields are set, if the text is a value for them") {
  const auto [event, outcome] = applied({"%{WORD:appname} %{WORD:severity} (?<message>.*)"}, "cron warn the rest");
  CHECK(event.appname == "cron");
  CHECK(event.severity == 4);
  CHECK(event.message == "the rest");
  const Event unknown = applied({"%{WORD:severity}"}, "fine").event;
  CHECK_FALSE(unknown.severity.has_value());
  CHECK(rules::has_tag(unknown, "grok_invalid"));
}

TEST_CASE("grok: text that is no number stays text") {
  CHECK(field(applied({"%{WORD:n:int}"}, "many").event, "n") == "many");
}

TEST_CASE("grok: any bytes are captured as they are") {
  const auto [event, outcome] = applied({"<(?<a>.*)> (?<b>.*)"}, "<x\0y> caf\xe9"sv);
  CHECK(field(event, "a") == "x\0y"sv);
  CHECK(field(event, "b") == "caf\xe9");
}

TEST_CASE("grok: a pattern that takes too long tags the event, which goes on") {
  const std::string message(3000, 'a');
  const auto [event, outcome] = applied({"(?:a|aa)+[bc]", "(?<found>a)"}, message);
  CHECK(outcome == Outcome::not_applied);
  CHECK(fields(event) == R"({"tags":["grok_limit"]})");
}

TEST_CASE("grok: field names where to look") {
  rules::Workspace workspace;
  Event event = event_of("m");
  codec::set_open_field(event, "payload", "a=1");
  const Patterns patterns = few();
  const auto grok = rules_test::made("grok", {{"PAIR"}, {{"field", "payload"}}}, {.patterns = &patterns});
  CHECK(grok->apply(event, event.message, workspace) == Outcome::applied);
  CHECK(field(event, "key") == "a");
}

TEST_CASE("grok: errors say what is wrong and where") {
  CHECK(refusal("PAIRS") == "column 1: \"PAIRS\": no pattern has this name");
  CHECK(refusal("%{WORD} (") == "pattern \"%{WORD} (\": column 10: missing closing parenthesis");
  CHECK(refusal("x%{BAD}") == "few:5: pattern BAD: column 2: missing closing parenthesis");
  CHECK(refusal("(?<raw>x)") == "pattern \"(?<raw>x)\": \"raw\" cannot be set as a field");
}

TEST_CASE("grok: arguments that it does not know are refused") {
  CHECK(rules_test::refusal("grok", {}) == "grok(): an argument is missing");
  CHECK(rules_test::refusal("grok", {{"x"}, {{"prefx", "a"}}}) ==
        "grok(): it has no option \"prefx\"; there are prefix, field");
  CHECK(rules_test::refusal("grok", {{"x"}, {{"prefix", "a"}, {"prefix", "b"}}}) ==
        "grok(): the option prefix is given twice");
  CHECK(rules_test::refusal("grok", {{"x"}, {{"prefix", "a["}}}) ==
        "grok(): prefix \"a[\" cannot begin the name of a field");
}

TEST_CASE("tags: each is there once, and the last one takes the field away") {
  Event event = event_of("m");
  rules::add_tag(event, "a");
  rules::add_tag(event, "b\"c");
  rules::add_tag(event, "a");
  CHECK(fields(event) == R"({"tags":["a","b\"c"]})");
  rules::remove_tag(event, "a");
  CHECK(rules::has_tag(event, "b\"c"));
  CHECK_FALSE(rules::has_tag(event, "a"));
  rules::remove_tag(event, "b\"c");
  CHECK(fields(event) == "{}");
}

TEST_CASE("tags: a field that is text becomes the first of them") {
  Event event = event_of("m");
  codec::set_open_field(event, "tags", "old");
  rules::add_tag(event, "new");
  CHECK(fields(event) == R"({"tags":["old","new"]})");
}
