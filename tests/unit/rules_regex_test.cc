#include "rules/regex.h"

#include <doctest/doctest.h>

#include "rules/regex_form.h"
#include "rules/regex_literals.h"

using rules::has_empty_alternative;
using rules::MatchSpace;
using rules::Regex;
using Outcome = rules::Regex::Outcome;
using namespace std::string_view_literals;

namespace {

Outcome outcome(std::string_view expression, std::string_view subject) {
  MatchSpace space;
  return Regex::compile(expression)->match(subject, space);
}

std::string matched(std::string_view expression, std::string_view subject) {
  MatchSpace space;
  const auto regex = Regex::compile(expression);
  return regex->match(subject, space) == Outcome::matched ? std::string(Regex::group(subject, space, 0)) : "(none)";
}

}  // namespace

// What PCRE2 10.42's JIT does not find.
TEST_CASE("regex: an empty alternative does not hide a match") {
  CHECK(matched("(?:1|)b*1", "1") == "1");
  CHECK(matched("(?:1|^)1*(?:1)", "1x") == "1");
  CHECK(matched("(?:1|\\b)1*(?:1)", "1x") == "1");
  CHECK(matched("(?:1|(?i))1*1", "xxbx1") == "1");
  CHECK(matched("(?:1|b{0})1*1", "xxbx1") == "1");
  CHECK(matched("((?:[1b]|)[1b]*.)", "1") == "1");
}

TEST_CASE("regex: alternatives that can match nothing are found by their form") {
  for (const char* const regex :
       {"(?:1|)",          "(|1)",         "(?:1||2)",    "a|",           "|a",           "(?:x|^)",    "(?:x|$)",
        "(?:\\b|x)",       "(?:a|(?i))",   "(?:a|(?#c))", "(?:a|\\Q\\E)", "(?:a|(?=b))",  "(?:a|(?:))", "(?:a|(?:^))",
        "(?<n>a|)",        "(?'n'a|)",     "(?:a|b{0})",  "(?:a|b{0,0})", "(?:a|\\k<n>)", "(?:a|(?R))", "(?x)(?:a | )",
        "(?:a|(*ACCEPT))", "(?:a|[^]]b|)", "(?(1)a)",     "((((a|))))"}) {
    CAPTURE(regex);
    CHECK(has_empty_alternative(regex));
  }
}

TEST_CASE("regex: other alternatives are not mistaken for them") {
  for (const char* const regex : {"a|b",          "(?:a|b?)",     "(?:a|b*)",       "[|]",           "[^]|]x",
                                  "\\|",          "\\(|b",        "(?:a|\\Q|\\E)",  "(?:a|(?:b|c))", "(?:^a|b)",
                                  "(?:a|b{2,3})", "(?:a|(?:b)?)", "a{2}",           "(?<n>a|b)",     "(?>a|b)",
                                  "(?i:a|b)",     "x(?![0-9])",   "[[:alpha:]|]|a", "\\[(?:a|b)\\]", "(?:a|\\d)"}) {
    CAPTURE(regex);
    CHECK_FALSE(has_empty_alternative(regex));
  }
}

TEST_CASE("regex: only expressions with empty alternatives are interpreted") {
  CHECK(Regex::compile("(?:1|)b*1")->interpreted());
  CHECK_FALSE(Regex::compile("(?:1|2)b*1")->interpreted());
}

TEST_CASE("regex: what would take for ever is given up, in small subjects and in large ones") {
  const std::string small(2000, 'a');
  const std::string large(1 << 20, 'a');
  for (const std::string& subject : {small, large}) {
    CHECK(outcome("(a+)+[bc]", subject) == Outcome::limit);
    CHECK(outcome("(?:a|aa)+[bc]", subject) == Outcome::limit);
    CHECK(outcome("(?:a|aa|)+[bc]", subject) == Outcome::limit);
    CHECK(outcome("^a*a*a*a*[bc]", subject) == Outcome::limit);
    CHECK(outcome("a{1,100}a{1,100}a{1,100}[bc]", subject) == Outcome::limit);
  }
}

TEST_CASE("regex: scanning a large subject from each of its bytes is given up") {
  const std::string subject(1 << 20, 'a');
  CHECK(outcome("a+[^a]*+b|zz", subject) == Outcome::limit);
  CHECK(outcome("\\w+\\s", subject) == Outcome::limit);
}

TEST_CASE("regex: a large subject is searched to its end") {
  const std::string subject = std::string(1 << 20, ' ') + "end=1" + std::string(1 << 20, ' ');
  CHECK(matched("end=[0-9]", subject) == "end=1");
  CHECK(matched("^.*?end=[0-9]", subject).size() == (1 << 20) + 5);
  CHECK(outcome("nowhere", subject) == Outcome::none);
}

TEST_CASE("regex: bytes are opaque") {
  CHECK(matched("a.b", "xa\0by"sv) == "a\0b"sv);
  CHECK(matched("a.b",
                "a\xff"
                "b") ==
        "a\xff"
        "b");
  CHECK(matched("caf.{2}!", "caf\xc3\xa9!") == "caf\xc3\xa9!");
}

TEST_CASE("regex: an empty subject, and one without bytes") {
  CHECK(outcome("^$", "") == Outcome::matched);
  CHECK(outcome("^$", std::string_view()) == Outcome::matched);
  CHECK(outcome("x", std::string_view()) == Outcome::none);
}

TEST_CASE("regex: only named groups capture, and one name may stand twice") {
  MatchSpace space;
  const auto regex = Regex::compile("(a)(?<x>b)|(?<x>c)");
  REQUIRE(regex->groups().size() == 2);
  CHECK(regex->groups()[0].number == 1);
  CHECK(regex->groups()[1].name == "x");
  CHECK(regex->match("ab", space) == Outcome::matched);
  CHECK(Regex::group("ab", space, 1) == "b");
  CHECK(Regex::group("ab", space, 2) == "");
}

TEST_CASE("regex: a smaller match after one with many groups") {
  MatchSpace space;
  CHECK(Regex::compile("(?<a>a)(?<b>b)(?<c>c)")->match("abc", space) == Outcome::matched);
  CHECK(Regex::compile("(?<a>a)")->match("abc", space) == Outcome::matched);
  CHECK(Regex::group("abc", space, 1) == "a");
  CHECK(Regex::group("abc", space, 2) == "");
}

TEST_CASE("regex: an error says where") {
  const auto regex = Regex::compile("a(b");
  REQUIRE_FALSE(regex);
  CHECK(regex.error().why == "column 4: missing closing parenthesis");
}

TEST_CASE("regex: literals that every match holds") {
  using Literals = std::vector<std::string>;
  CHECK(rules::required_literals("a+ took [0-9]+ ms") == Literals{" took "});
  CHECK(rules::required_literals("(?:abc|xy)z") == Literals{"abc", "xy"});
  CHECK(rules::required_literals("(?:abc|xy|[0-9]+)z(?<n>longer)") == Literals{"longer"});
  CHECK(rules::required_literals("ab?cde*f{2}") == Literals{"cd"});
  CHECK(rules::required_literals("\\[a\\]b") == Literals{"[a]b"});
  CHECK(rules::required_literals("(?>COMMAND=)++x") == Literals{"COMMAND="});
  CHECK(rules::required_literals("abc|defg") == Literals{"abc", "defg"});
}

TEST_CASE("regex: where literals are not certain there are none") {
  for (const char* const regex : {"(?i)abc", "(?i:abc)", "(?x)a b c", "(?:abc)?", "(?:abc){0,2}", "abc|", "(?:abc|)",
                                  "(?=abc)", "(?!abc)", "(?<!abc)", "[abc]", "a|bc", "(*ACCEPT)abc", "(?R)abc",
                                  "\\Qabc\\E", "\\x41bc", "(?(1)abc)", "a\\Kbc)", "(abc"}) {
    CAPTURE(regex);
    CHECK(rules::required_literals(regex).empty());
  }
}

TEST_CASE("regex: an expression cannot ask for characters instead of bytes") {
  CHECK_FALSE(Regex::compile("(*UTF)a"));
}

TEST_CASE("regex: an expression may ask for the interpreter") {
  CHECK(Regex::compile("(*NO_JIT)a+b")->interpreted());
  CHECK(matched("(*NO_JIT)a+b", "xaab") == "aab");
}
