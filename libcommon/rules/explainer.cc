#include "rules/explainer.h"

#include <utility>

#include "base/quote.h"
#include "codec/render.h"
#include "rules/difference.h"

namespace rules {

void Explainer::add(const std::string& line) {
  lines_.push_back("message " + std::to_string(messages_) + ": " + line);
}

void Explainer::begin(const codec::Event& event) {
  ++messages_;
  lines_.clear();
  before_.clear();
  codec::append_json(before_, event);
  add(base::quote(event.raw));
}

void Explainer::ran(const language::Origin& statement, std::string_view outcome, const codec::Event& event) {
  std::string line = statement.place + ": " + statement.text;
  if (!outcome.empty()) line.append(": ").append(outcome);
  std::string now;
  codec::append_json(now, event);
  const char* before = outcome.empty() ? ": " : "; ";
  for (const Difference& change : differences(before_, now)) {
    line.append(std::exchange(before, ", ")).append(change.name);
    line += change.after.empty() ? " removed" : " = " + change.after;
  }
  before_ = std::move(now);
  add(line);
}

void Explainer::goes_to(const std::vector<std::string>& sinks) {
  std::string names;
  for (const std::string& sink : sinks) names.append(names.empty() ? "" : ", ").append(sink);
  add("goes to " + (names.empty() ? "the default sink" : names));
}

void Explainer::tell(const base::Report& report) {
  for (const std::string& line : std::exchange(lines_, {})) report(base::Level::note, line);
}

}  // namespace rules
