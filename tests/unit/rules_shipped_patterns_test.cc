// Every pattern that is shipped, on the lines in tests/patterns: a case is an expression, a line, and the fields that
// must come of it as JSON, or "none".
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/clock.h"
#include "folder.h"
#include "rules/regex.h"
#include "rules/tags.h"
#include "rules_fixture.h"

using codec::Event;
using rules::Grok;
using rules::Outcome;
using rules::Patterns;
using rules_test::event_of;

namespace {

struct Case {
  std::string expression;
  std::string line;
  std::string fields;
};

const Patterns& shipped() {
  static const Patterns patterns = [] {
    Patterns all;
    const auto added = all.add_directory(rules::shipped_patterns_folder());
    if (!added) FAIL(added.error().text());
    return all;
  }();
  return patterns;
}

void read_cases(const std::filesystem::path& path, std::vector<Case>& cases) {
  std::ifstream file(path);
  std::string line;
  std::vector<std::string> lines;
  const auto finish = [&] {
    if (lines.empty()) return;
    REQUIRE_MESSAGE(lines.size() == 3, path.string() << ": " << lines.front());
    cases.push_back({lines[0], lines[1], lines[2]});
    lines.clear();
  };
  while (std::getline(file, line)) {
    if (line.empty()) finish();
    if (!line.empty() && !(lines.empty() && line.starts_with('#'))) lines.push_back(line);
  }
  finish();
}

std::vector<Case> cases() {
  std::vector<Case> cases;
  const auto folder = std::filesystem::path(rules::shipped_patterns_folder()).parent_path() / "tests/patterns";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) read_cases(entry.path(), cases);
  return cases;
}

Outcome apply(const std::string& expression, Event& event, rules::Workspace& workspace) {
  const auto grok = Grok::compile(shipped(), std::vector{expression});
  if (!grok) FAIL(grok.error().text());
  return (*grok)->apply(event, event.message, workspace);
}

std::string fields_of(const Case& each, rules::Workspace& workspace) {
  Event event = event_of(each.line);
  if (apply(each.expression, event, workspace) != Outcome::applied) return "none";
  codec::set_open_field(event, "grok_pattern", {});
  return rules_test::fields(event);
}

// Of the patterns that an expression refers to.
void add_names(const std::string& expression, std::set<std::string>& names) {
  for (std::size_t at = expression.find("%{"); at != std::string::npos; at = expression.find("%{", at + 1))
    names.insert(expression.substr(at + 2, expression.find_first_of(":}", at) - at - 2));
}

// What an attacker may send where these patterns are asked.
std::vector<std::string> large_messages() {
  constexpr std::size_t kSize = std::size_t{1} << 20;
  std::vector<std::string> messages;
  for (const char* const piece :
       {"a",    "1",   " ",    "a ",     "1.",       "a.",  "1:",    "ab:", "::",      "a/", "\"",
        "\\\"", "\"a", "(",    "a=",     "%",        "[",   "a@",    "1-",  "http://", ", ", "; ",
        "{",    "<",   "\xff", "Jan 1 ", "1.2.3.4 ", "IN=", "at a.", "a (", "Group = "}) {
    std::string message;
    while (message.size() < kSize) message += piece;
    messages.push_back(std::move(message));
  }
  for (const Case& each : cases()) {
    std::string message = each.line.substr(0, each.line.size() * 2 / 3);
    message.resize(kSize, message.empty() ? 'x' : message.back());
    messages.push_back(std::move(message));
  }
  return messages;
}

}  // namespace

TEST_CASE("shipped patterns: each of them is good") {
  const auto checked = shipped().check();
  if (!checked) FAIL(checked.error().text());
  CHECK(shipped().size() > 100);
}

TEST_CASE("shipped patterns: their lines give the fields that they should") {
  rules::Workspace workspace;
  for (const Case& each : cases()) {
    CAPTURE(each.expression);
    CAPTURE(each.line);
    CHECK(fields_of(each, workspace) == each.fields);
  }
}

TEST_CASE("shipped patterns: each of them has a line that it matches") {
  std::set<std::string> tested;
  for (const Case& each : cases())
    if (each.fields != "none") add_names(each.expression, tested);
  for (const std::string& name : shipped().names()) CHECK_MESSAGE(tested.contains(name), name);
}

TEST_CASE("shipped patterns: each of them is in docs/patterns.md") {
  const auto root = std::filesystem::path(rules::shipped_patterns_folder()).parent_path();
  const std::string text = unit::content(root / "docs/patterns.md");
  for (const std::string& name : shipped().names())
    CHECK_MESSAGE(text.find("\n| `" + name + "` |") != std::string::npos, name);
}

TEST_CASE("shipped patterns: each of them runs as machine code") {
  for (const std::string& name : shipped().names()) {
    CAPTURE(name);
    CHECK_FALSE(rules::Regex::compile(shipped().expand("%{" + name + "}")->regex)->interpreted());
  }
}

TEST_CASE("shipped patterns: each of them comes to an end on a message of a mebibyte") {
  rules::Workspace workspace;
  const std::vector<std::string> messages = large_messages();
  for (const std::string& name : shipped().names()) {
    CAPTURE(name);
    const auto regex = rules::Regex::compile(shipped().expand("%{" + name + "}")->regex);
    // Each gets three of them: all would take minutes.
    for (std::size_t i = 0; i < 3; ++i) {
      const std::string& message = messages[(std::hash<std::string>()(name) + i * 31) % messages.size()];
      const base::Instant begin = base::now();
      (void)regex->match(message, workspace.match);
      // What has no limit takes hours.
      CHECK(base::now() - begin < std::chrono::minutes(1));
    }
  }
}
