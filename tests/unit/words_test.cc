#include "cli/words.h"

#include <doctest/doctest.h>

using cli::split_words;
using Words = std::vector<std::string>;

namespace {

Words words(std::string_view text) {
  const auto split = split_words(text);
  REQUIRE(split);
  return *split;
}

std::string why_not(std::string_view text) {
  const auto split = split_words(text);
  REQUIRE_FALSE(split);
  CHECK(split.error().kind == base::Kind::usage);
  return split.error().why;
}

}  // namespace

TEST_CASE("a command is taken apart at blanks") {
  CHECK(words("logbuf push q") == Words{"logbuf", "push", "q"});
  CHECK(words("  logbuf\tpush  q ") == Words{"logbuf", "push", "q"});
}

TEST_CASE("quotes keep words together, as in a shell") {
  CHECK(words("push 'my buffer'") == Words{"push", "my buffer"});
  CHECK(words("push \"my buffer\"") == Words{"push", "my buffer"});
  CHECK(words("push my\\ buffer") == Words{"push", "my buffer"});
  CHECK(words("push ''") == Words{"push", ""});
  CHECK(words("push a'b c'\"d e\"f") == Words{"push", "ab cd ef"});
}

TEST_CASE("single quotes keep everything, double quotes all but the escapes") {
  CHECK(words(R"(x '$a`"\|;')") == Words{"x", R"($a`"\|;)"});
  CHECK(words(R"(x "\$\`\"\\\n|;'")") == Words{"x", R"($`"\\n|;')"});
}

TEST_CASE("URLs need no quotes") {
  CHECK(words("logsend tcp://[::1]:514 relp://a:2514/?x=1#2") ==
        Words{"logsend", "tcp://[::1]:514", "relp://a:2514/?x=1#2"});
}

TEST_CASE("what needs a shell is refused") {
  for (const char* text :
       {"a | b", "a; b", "a && b", "a >f", "a <f", "(a)", "a $b", "a `b`", "a \"$b\"", "a ~/b", "a #b", "a\nb"})
    CHECK(why_not(text).find("no shell runs") != std::string::npos);
}

TEST_CASE("a quote without its end is refused") {
  CHECK(why_not("a 'b") == "has a ' without an end");
  CHECK(why_not("a \"b") == "has a \" without an end");
  CHECK(why_not("a b\\") == "ends with a \\");
}

TEST_CASE("nothing is no command") {
  CHECK(why_not("") == "is no command");
  CHECK(why_not(" ") == "is no command");
  CHECK(why_not("'' push") == "is no command");
}
