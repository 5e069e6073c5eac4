#include "rules/patterns.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "folder.h"

using rules::Patterns;

namespace {

std::string add(Patterns& patterns, const unit::Folder& folder, const std::string& name, const std::string& text) {
  std::ofstream(folder / name) << text;
  const auto added = patterns.add_file(folder / name);
  return added ? "" : added.error().text();
}

std::string refusal(const Patterns& patterns, std::string_view expression) {
  const auto expanded = patterns.expand(expression);
  return expanded ? "" : expanded.error().text();
}

}  // namespace

TEST_CASE("patterns: a file has a name and an expression to a line") {
  const unit::Folder folder;
  Patterns patterns;
  REQUIRE(add(patterns, folder, "p", "# a comment\n\nA  a b\r\nB\t%{A}|c\n").empty());
  CHECK(patterns.expand("x%{B}")->regex == "x(?:(?:a b)|c)");
}

TEST_CASE("patterns: captures are numbered in order, with their types") {
  Patterns patterns;
  REQUIRE(patterns.add("N", "[0-9]+", "here"));
  const auto expanded = patterns.expand("%{N:a}-%{N:b:int}-%{N:c.d:float}");
  REQUIRE(expanded);
  CHECK(expanded->regex == "(?<_0>[0-9]+)-(?<_1>[0-9]+)-(?<_2>[0-9]+)");
  CHECK(expanded->captures[2].field == "c.d");
  CHECK(expanded->captures[1].type == rules::CaptureType::integer);
  CHECK(expanded->captures[2].type == rules::CaptureType::real);
}

TEST_CASE("patterns: a folder is read in the order of names, and later patterns replace earlier ones") {
  const unit::Folder folder;
  Patterns patterns;
  std::ofstream(folder / "20") << "A second\n";
  std::ofstream(folder / "10") << "A first\nB b\n";
  std::ofstream(folder / ".hidden") << "A hidden\n";
  std::ofstream(folder / "20~") << "A old\n";
  std::filesystem::create_directory(folder / "sub");
  REQUIRE(patterns.add_directory(folder.path()));
  CHECK(patterns.expand("%{A}%{B}")->regex == "(?:second)(?:b)");
}

TEST_CASE("patterns: a folder that is not there is an error") {
  Patterns patterns;
  CHECK(patterns.add_directory("/nonexistent").error().text() ==
        "read directory /nonexistent: No such file or directory");
}

TEST_CASE("patterns: an unknown name is an error with the column, or with file and line") {
  const unit::Folder folder;
  Patterns patterns;
  REQUIRE(add(patterns, folder, "p", "\nA %{NOWHERE}\n").empty());
  CHECK(refusal(patterns, "ab%{B}") == "column 3: \"B\": no pattern has this name");
  CHECK(refusal(patterns, "%{A}") == folder / "p" + ":2: \"NOWHERE\": no pattern has this name");
}

TEST_CASE("patterns: a cycle is an error that names file and line") {
  const unit::Folder folder;
  Patterns patterns;
  REQUIRE(add(patterns, folder, "p", "A %{B}\nB x%{C}\nC y%{A}\nSELF %{SELF}\n").empty());
  CHECK(refusal(patterns, "%{A}") == folder / "p" + ":3: pattern A: it refers to itself: A -> B -> C -> A");
  CHECK(refusal(patterns, "%{SELF}") == folder / "p" + ":4: pattern SELF: it refers to itself: SELF -> SELF");
  CHECK(patterns.check().error().text() == folder / "p" + ":3: pattern A: it refers to itself: A -> B -> C -> A");
}

TEST_CASE("patterns: bad names, bad fields and bad types are errors") {
  const unit::Folder folder;
  Patterns patterns;
  CHECK(add(patterns, folder, "p", "A(B) x\n") == folder / "p" + ":1: \"A(B)\": it cannot be the name of a pattern");
  CHECK(add(patterns, folder, "q", "EMPTY \n") == folder / "q" + ":1: pattern EMPTY: its expression is missing");
  REQUIRE(patterns.add("N", "[0-9]+", "here"));
  CHECK(refusal(patterns, "%{N:a b}") == "column 1: \"a b\": it cannot be the name of a field");
  CHECK(refusal(patterns, "%{N:raw}") == "column 1: \"raw\": this field follows from others and cannot be set");
  CHECK(refusal(patterns, "%{N:a:date}") == "column 1: \"date\": no type of a field; there are int and float");
  CHECK(refusal(patterns, "a%{N") == "column 2: %{ has no }");
}

TEST_CASE("patterns: an expression that grows without end is an error") {
  Patterns patterns;
  REQUIRE(patterns.add("P0", std::string(100, 'x'), "p:0"));
  for (int i = 1; i <= 40; ++i) {
    const std::string below = "%{P" + std::to_string(i - 1) + "}";
    REQUIRE(patterns.add("P" + std::to_string(i), below + below, "p:" + std::to_string(i)));
  }
  CHECK(refusal(patterns, "%{P40}").ends_with("it is over a mebibyte with its patterns"));
}

TEST_CASE("patterns: the one with a fault in its expression is found") {
  const unit::Folder folder;
  Patterns patterns;
  REQUIRE(add(patterns, folder, "p", "GOOD a\nBAD x(y\nOUTER %{GOOD}%{BAD}\n").empty());
  CHECK(patterns.explain("%{GOOD}"));
  CHECK(patterns.explain("%{OUTER}").error().text() ==
        folder / "p" + ":2: pattern BAD: column 4: missing closing parenthesis");
}
