// --explain: for each message, which statements of the rules ran and what they changed. One line for each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/report.h"
#include "rules/language/statement.h"

namespace rules {

class Explainer final : public language::Watcher {
 public:
  void begin(const codec::Event& event);
  void ran(const language::Origin& statement, std::string_view outcome, const codec::Event& event) override;
  // Which sinks the event goes to; none: nobody chose, so the default one.
  void goes_to(const std::vector<std::string>& sinks);
  // Reports the lines since begin(), as notes.
  void tell(const base::Report& report);

 private:
  void add(const std::string& line);

  std::uint64_t messages_ = 0;
  std::string before_;  // the event as JSON
  std::vector<std::string> lines_;
};

}  // namespace rules
