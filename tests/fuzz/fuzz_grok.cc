// libFuzzer target (make fuzz): pattern files, expressions of grok, and matching. The input is an expression on a line,
// lines of a pattern file up to an empty one, and a message.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json_walk.h"
#include "codec/render.h"
#include "rules/grok.h"

namespace {

void fail(std::string_view what, std::string_view expression) {
  std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(what.size()), what.data(), static_cast<int>(expression.size()),
               expression.data());
  std::abort();
}

std::string_view take_line(std::string_view& input) {
  const std::string_view line = input.substr(0, input.find('\n'));
  input.remove_prefix(std::min(line.size() + 1, input.size()));
  return line;
}

// An alternative that is empty by its form but never matches makes an expression run without machine code, and without
// literals to look for.
void compare_with_interpreter(const std::string& expression, std::string_view subject, rules::Workspace& workspace) {
  using Outcome = rules::Regex::Outcome;
  if (expression.find("(*") != expression.npos || expression.find('\\') != expression.npos) return;
  const auto fast = rules::Regex::compile(expression);
  const auto plain = rules::Regex::compile("(?:" + expression + ")|(?!)");
  if (!fast || !plain) return;
  const Outcome one = fast->match(subject, workspace.match);
  const std::string text(one == Outcome::matched ? rules::Regex::group(subject, workspace.match, 0) : "");
  const Outcome other = plain->match(subject, workspace.match);
  if (one == Outcome::limit || other == Outcome::limit) return;
  if (one != other) fail("one form matches", expression);
  if (one == Outcome::matched && text != rules::Regex::group(subject, workspace.match, 0))
    fail("the forms match differently", expression);
}

void check_fields(const codec::Event& event) {
  std::string json;
  codec::append_json(json, event);
  if (!codec::is_json(json)) fail("no JSON", json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string expression(take_line(input));
  rules::Patterns patterns;
  for (std::string_view line = take_line(input); !line.empty(); line = take_line(input)) {
    const std::size_t space = std::min(line.find(' '), line.size());
    (void)patterns.add(line.substr(0, space), line.substr(std::min(space + 1, line.size())), "here");
  }
  static rules::Workspace workspace;
  if (const auto grok = rules::Grok::compile(patterns, std::vector{expression}, "p_")) {
    codec::Event event;
    event.raw = event.message = input;
    (void)(*grok)->apply(event, input, workspace);
    check_fields(event);
  }
  compare_with_interpreter(expression, input, workspace);
  return 0;
}
