#include <doctest/doctest.h>

#include <vector>

#include "rules/language/program.h"
#include "tests/unit/codec_fixture.h"
#include "tests/unit/random.h"
#include "tests/unit/rules_properties.h"

namespace {

using rules::language::Flow;
using rules::language::Program;

constexpr std::string_view kLine =
    R"({"hostname":"h1","appname":"nginx","severity":"err","message":"GET /a 404","status":404,"user":{"name":"eve"},"tags":["a","b"]})";

base::Result<std::unique_ptr<Program>> compiled(std::string_view rules) {
  const rules::language::Source source{"web.rules", std::string(rules)};
  return Program::compile({&source, 1}, {});
}

// What becomes of the line: the JSON of its event, or "dropped".
std::string result_of(std::string_view rules, std::string_view line = kLine) {
  const auto program = compiled(rules);
  if (!program) return program.error().text();
  codec::Event event = codec_test::parsed(line);
  return (*program)->run(event, nullptr) == Flow::drop ? "dropped" : codec_test::json(event);
}

// The value that a field has after the rules.
std::string value_after(std::string_view rules, std::string_view name) {
  const auto program = compiled(rules);
  if (!program) return program.error().text();
  codec::Event event = codec_test::parsed(kLine);
  (void)(*program)->run(event, nullptr);
  std::string space;
  return std::string(codec::field_text(event, *codec::field_named(name), space));
}

bool holds(std::string_view condition) {
  return result_of("if " + std::string(condition) + " { drop }") == "dropped";
}

std::string error_of(std::string_view rules) {
  const auto program = compiled(rules);
  return program ? "" : program.error().text();
}

struct Row {
  std::string_view rules;
  std::string_view expected;
};

}  // namespace

TEST_CASE("a field gets the text of an expression") {
  constexpr Row kRows[] = {
      {R"([x] := "a b")", "a b"},
      {R"([x] := "a" + appname + "-" + status)", "anginx-404"},
      {R"([x] := user.name)", "eve"},
      {R"([x] := [user.name] + 5)", "eve5"},
      {R"([x] := nothing)", ""},
      {R"([x] := "a\"b\\c\d\n")", "a\"b\\c\\d\n"},
      {R"(x := "1" x := x + "2")", "12"},
      {R"([x] := "1" # [x] := "2")", "1"},
      {R"([x] := app_name + source)", "nginxh1"},
      {R"(["source"] := "open" [x] := ["source"] + source)", "openh1"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.rules);
    CHECK(value_after(row.rules, "x") == row.expected);
  }
}

TEST_CASE("every field can be set, and taken away by the empty text") {
  CHECK(value_after("[message] := \"m \" + message", "message") == "m GET /a 404");
  CHECK(value_after("[severity] := \"warning\"", "severity") == "warning");
  CHECK(value_after("[source] := \"\"", "hostname") == "");
  CHECK(value_after("[timereported] := \"2024-03-01T12:00:00Z\"", "timestamp") == "2024-03-01T12:00:00Z");
  CHECK(value_after("structured_data[a].b := \"1\" [x] := structured_data[a].b", "x") == "1");
}

TEST_CASE("a number alone stays a number") {
  CHECK(value_after("[n] := -1.5", "n") == "-1.5");
  CHECK(result_of("[n] := 7", "{\"message\":\"m\"}") == R"({"message":"m","n":7})");
  CHECK(result_of("[n] := \"7\"", "{\"message\":\"m\"}") == R"({"message":"m","n":"7"})");
}

TEST_CASE("lists grow by what they lack, and shrink") {
  CHECK(value_after("tags += \"c\" tags += \"a\"", "tags") == R"(["a","b","c"])");
  CHECK(value_after("tags -= \"a\" tags -= \"z\"", "tags") == R"(["b"])");
  CHECK(value_after("tags -= \"a\" tags -= \"b\"", "tags") == "");
  CHECK(value_after("[new] += \"x\"", "new") == R"(["x"])");
  CHECK(value_after("[status] += 405", "status") == R"([404,"405"])");
  CHECK(value_after("[new] += tags", "new") == R"(["a","b"])");
  CHECK(value_after("tags += nothing", "tags") == R"(["a","b"])");
}

TEST_CASE("lists in an expression give one text for each combination") {
  CHECK(value_after("[x] := \"<\" + tags + \">\"", "x") == R"(["<a>","<b>"])");
  CHECK(value_after("[x] := tags + tags", "x") == R"(["aa","ab","ba","bb"])");
  CHECK(value_after("[message] := tags", "message") == "a,b");
  CHECK(holds("\"x\" + tags == \"xb\""));
}

TEST_CASE("too many combinations change nothing but the tags") {
  std::string rules;
  for (int i = 0; i < 30; ++i) rules += "[many] += \"" + std::to_string(i) + "\" ";
  CHECK(value_after(rules + "[x] := many + many + many", "x") == "");
  CHECK(value_after(rules + "[x] := many + many + many", "tags") == R"(["a","b","set_failed"])");
}

TEST_CASE("a text does not grow for ever") {
  std::string rules = "[x] := \"0123456789abcdef\" ";
  for (int i = 0; i < 40; ++i) rules += "[x] := x + x ";
  CHECK(value_after(rules, "x").size() == std::size_t{16} << 20);
  CHECK(value_after(rules, "tags") == R"(["a","b","set_failed"])");
  CHECK(value_after(rules + "[y] := x + tags", "y") == "");
}

TEST_CASE("a name that is nearly that of a known field is worth a hint") {
  CHECK(compiled("if sevrity == \"err\" { [pid] := procid [x] := [hostnam] + [\"hostnam\"] }").value()->hints() ==
        std::vector<std::string>{
            "rules web.rules:1:4: sevrity is no field that every event has; did you mean 'severity'?",
            "rules web.rules:1:46: hostnam is no field that every event has; did you mean 'hostname'?"});
}

TEST_CASE("conditions") {
  for (const char* condition : {"appname == \"nginx\"",
                                "not appname == \"x\"",
                                "appname != \"x\"",
                                "(appname == \"nginx\")",
                                "status",
                                "not nothing",
                                "status == 404",
                                "status >= 400 and status < 500",
                                "404 == status",
                                "500 > status",
                                "status == \"404\"",
                                "severity == err",
                                "severity <= \"warning\"",
                                "severity == 3",
                                "severity == [status] or 1 == 1.0",
                                "message ~ \"^GET .* \\d+$\"",
                                "message ~* \"get\"",
                                "message =~ \"GET\"",
                                "message !~ \"POST\"",
                                "not (message ~ \"POST\" or message ~ \"PUT\")",
                                "\"a\" in tags",
                                "\"c\" not in tags",
                                "\"c\" notin tags",
                                "status in (403, 404)",
                                "not status in (1, 2)",
                                "tags == \"b\"",
                                "tags ~ \"^b$\"",
                                "hostname != appname",
                                "user.name == \"eve\"",
                                "[user.name] == \"e\" + \"ve\"",
                                "hostname + \"-\" + appname == \"h1-nginx\"",
                                "nothing != nothing",
                                "app_name == \"nginx\" and source == \"h1\""}) {
    CAPTURE(condition);
    CHECK(holds(condition));
  }
  for (const char* condition :
       {"nothing == \"\"", "nothing == nothing", "nothing < 5", "message ~ \"get\"", "appname", "\"c\" in tags",
        "status in (1, 2)", "severity > err", "\"\" in tags", "tags + \"x\" == \"a\""}) {
    CAPTURE(condition);
    CHECK(holds(condition) == (std::string_view(condition) == "appname"));
  }
}

TEST_CASE("not binds closest, or loosest") {
  CHECK(holds("appname == \"x\" and appname == \"y\" or status"));
  CHECK_FALSE(holds("appname == \"x\" and (appname == \"y\" or status)"));
  CHECK(holds("not appname == \"x\" and status"));
  CHECK_FALSE(holds("not (appname == \"x\" or status)"));
}

TEST_CASE("the first branch whose condition holds is taken") {
  constexpr std::string_view kRules = R"(
    if status == 1 { [x] := "one" }
    else if status == 404 { [x] := "two"; if severity == err { [x] := x + "!" } }
    else if status { [x] := "three" }
    else { [x] := "none" })";
  CHECK(value_after(kRules, "x") == "two!");
  CHECK(value_after("[status] := 5" + std::string(kRules), "x") == "three");
  CHECK(value_after("[status] := \"\"" + std::string(kRules), "x") == "none");
}

TEST_CASE("stop ends the rules, and drop the message") {
  CHECK(value_after("[x] := \"1\" if status { stop } [x] := \"2\"", "x") == "1");
  CHECK(result_of("drop [x] := \"2\"") == "dropped");
  CHECK(result_of("stop drop") == codec_test::json(codec_test::parsed(kLine)));
}

TEST_CASE("what cannot be set changes nothing, tags the event, and is reported once") {
  const auto program = compiled("[severity] := appname [x] := \"on\"");
  REQUIRE(program);
  for (int i = 0; i < 2; ++i) {
    codec::Event event = codec_test::parsed(R"({"appname":"su","severity":"err","message":"m"})");
    CHECK((*program)->run(event, nullptr) == Flow::next);
    CHECK(codec_test::json(event) ==
          R"({"appname":"su","severity":"err","message":"m","tags":["set_failed"],"x":"on"})");
  }
  CHECK((*program)->failures().count() == 2);
  CHECK(
      (*program)->failures().take_news() ==
      std::vector<std::string>{"rules web.rules:1: set severity to \"su\": no severity has this name or number; tagged "
                               "set_failed; the message goes on, and the next ones are only counted"});
}

TEST_CASE("what is wrong is named with its place, and what was expected there") {
  constexpr Row kRows[] = {
      {"drp",
       "1:1: expected a statement (a call, [FIELD] :=, tags +=, if, drop or stop), not \"drp\"; did you mean "
       "'drop'?"},
      {"\n  if x = 5 {}", "2:8: expected ==, not \"=\""},
      {"[x] = 5", "1:5: expected :=, += or -= after the field, not \"=\""},
      {"x = 5", "1:3: expected :=, += or -=, not \"=\""},
      {"if (a == 1 { drop }", "1:12: expected ), and or or, not \"{\""},
      {"if a { drop", "1:12: expected a statement or }, not the end"},
      {"if a drop", "1:6: expected { before the statements, not \"drop\""},
      {"if { drop }", "1:4: expected a condition: a field, a value, a call, not or (, not \"{\""},
      {"[severity] := \"loud\"", "1:15: set severity to \"loud\": no severity has this name or number"},
      {"tags :=", "1:8: expected a text in quotes, a number or a field, not the end"},
      {"[x] := \"a\" +\n+", "2:1: expected a text in quotes, a number or a field after +, not \"+\""},
      {"[x := 4", "1:1: expected ] after the name of the field, on the same line"},
      {"[\xc3\xa9] := \"x", "1:8: expected a quote at the end of the text, on the same line"},
      {"if message < 5 {}", "1:12: expected ==, != or ~; only severity and open fields have an order"},
      {"if status < \"five\" {}", "1:13: not a number; open fields have the order of numbers"},
      {"if a ~ \"a(b\" {}", "1:8: expected a regular expression: missing ): a(b"},
      {"if \"a\" ~ \"b\" {}", "1:4: expected a field before ~"},
      {"if a ~ b {}", "1:8: expected a regular expression in quotes, not \"b\""},
      {"[app[]] := \"x\"", "1:1: expected the name of a field, which has no brackets and spaces; \"app[]\" is none"},
      {"[raw] := \"x\"", "1:1: the field raw cannot be set"},
      {"if severity == loud {}", "1:16: no severity is named \"loud\""},
      {"hostname += \"x\"", "1:10: expected := here; only open fields such as tags are lists"},
      {"if 10.0.0.1 == a {}", "1:4: \"10.0.0.1\" is no number; expected a number, or text in quotes"},
      {"if a not b {}", "1:10: expected in after not, not \"b\""},
      {"if a in 5 {}", "1:9: expected a field or a list in parentheses after in, not \"5\""},
      {"if a in (5 {}", "1:12: expected ) or , in the list, not \"{\""},
      {"}", "1:1: expected a statement, not \"}\""},
      {"$", "1:1: expected a name, a text in quotes or an operator, not \"$\""},
      {"nothing()", "1:1: no function is named \"nothing\""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.rules);
    CHECK(error_of(row.rules) == "rules web.rules:" + std::string(row.expected));
  }
}

TEST_CASE("what is nested too deeply is refused, and a long chain of else is not") {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "if a {";
  CHECK(error_of(deep) == "rules web.rules:1:604: nested too deeply; expected at most 100 levels");
  CHECK(error_of("if " + std::string(100000, '(')).find("nested too deeply") != std::string::npos);
  std::string chain = "if a {}";
  for (int i = 0; i < 100000; ++i) chain += " else if a {}";
  CHECK(error_of(chain) == "");
}

TEST_CASE("any bytes are compiled, or refused with a place") {
  constexpr std::string_view kRules[] = {
      "if appname == \"nginx\" and not message ~* \"h\" { [x] := \"a\" + hostname; tags += \"w\" } else { stop }",
      "grok(\"%{IP:ip} (?<verb>\\w+)\", prefix=\"a.\", field=message) [n] := 5 [n] += tags [y] := tags + tags",
      "grok(\"SYSLOGBASE\", field=missing)",
      "if (status >= 400 or \"x\" in tags) and u.n not in (\"a\", b) { [structured_data[a].b] := [\"source\"] + 1 }"};
  constexpr std::string_view kPieces[] = {"(",   ")",  "{",    "}",       "[",    "]",  "\"", "\\",
                                          "#",   "\n", "\0",   "\xff",    "+",    ":=", "in", "if",
                                          "not", ";",  "tags", "json(x)", "drop", "5",  "~",  "="};
  unit::Random random;
  for (int i = 0; i < 3000; ++i) {
    std::string rules(random.pick(kRules));
    for (std::size_t n = random.below(4); n > 0; --n)
      rules.replace(random.below(rules.size()), random.below(6), random.pick(kPieces));
    CAPTURE(rules);
    REQUIRE(rules_test::broken_rules(rules, kLine) == "");
  }
}
