#include "rules/rule_test.h"

#include <string_view>

#include "base/io.h"
#include "codec/json_walk.h"
#include "codec/render.h"
#include "rules/difference.h"

namespace rules {
namespace {

constexpr std::size_t kLargestTests = std::size_t{16} << 20;
constexpr std::string_view kOthers = "...";
constexpr std::string_view kSinks = "--to";

class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  bool next(std::string_view& line) {
    if (text_.empty()) return false;
    ++number_;
    const std::size_t end = text_.find('\n');
    line = text_.substr(0, end);
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return true;
  }
  [[nodiscard]] std::size_t number() const { return number_; }

 private:
  std::string_view text_;
  std::size_t number_ = 0;
};

std::string shown(const std::string& value) {
  return value.empty() ? "none" : value;
}

// What is wrong, field by field; nothing: the event is as expected.
std::vector<std::string> complaints(std::string_view expected, const std::string& event) {
  if (expected == "null" || event == "null") {
    if (expected == event) return {};
    return {expected == "null" ? "expected that the message is dropped, got " + event
                               : "expected an event, but the message is dropped"};
  }
  std::vector<std::string> all;
  const std::vector<Difference> differing = differences(expected, event);
  bool others = false;
  for (const Difference& difference : differing) others = others || difference.name == kOthers;
  for (const Difference& difference : differing) {
    if (difference.name == kOthers || (others && difference.before.empty())) continue;
    all.push_back(difference.name + ": expected " + shown(difference.before) + ", got " + shown(difference.after));
  }
  return all;
}

// As one more member, where rules chose some.
void append_sinks(std::string& json, const std::vector<std::string>& sinks) {
  if (sinks.empty()) return;
  std::string names;
  for (const std::string& sink : sinks) names.append(names.empty() ? "\"" : ",\"").append(sink).append("\"");
  json.pop_back();
  json.append(json.size() > 1 ? "," : "").append("\"").append(kSinks).append("\":[").append(names).append("]}");
}

std::string event_of(std::string_view message, Processor& processor) {
  codec::Event event;
  if (processor.take(message, nullptr, event) != Verdict::kept) return "null";
  std::string json;
  codec::append_json(json, event);
  append_sinks(json, processor.sinks());
  return json;
}

bool is_expectation(std::string_view line) {
  return line == "null" || (line.starts_with('{') && codec::is_json(line));
}

}  // namespace

base::Result<RuleTestResult> run_rule_tests(const std::string& path, Processor& processor) {
  const std::string text = TRY(base::read_file(path, kLargestTests, "tests " + path));
  RuleTestResult result;
  Lines lines(text);
  std::string_view message;
  std::string_view expected;
  processor.set_clock();
  while (lines.next(message)) {
    if (message.empty() || message.starts_with('#')) continue;
    const std::string place = path + ":" + std::to_string(lines.number());
    if (!lines.next(expected) || !is_expectation(expected))
      return base::fail(base::Kind::data, "tests " + place,
                        "expected the event, a JSON object or null, on the line after the message");
    const auto wrong = complaints(expected, event_of(message, processor));
    ++(wrong.empty() ? result.passed : result.failed);
    for (const std::string& complaint : wrong) result.lines.emplace_back(place).append(": ").append(complaint);
  }
  return result;
}

}  // namespace rules
