// The rules that the command line names: compiled, and read again when asked to.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/language/program.h"

namespace rules {

struct RuleOptions {
  struct Origin {
    std::string file;       // or
    std::string statement;  // this
  };
  std::vector<Origin> origins;  // in their order on the command line
  language::Environment environment;
  bool explain = false;

  [[nodiscard]] bool empty() const { return origins.empty(); }
};

// A short text that is another one for another text.
std::string print_of(std::string_view text);

class RuleSet {
 public:
  // Kind::config, with the place, for what are no rules; or the file cannot be read.
  static base::Result<std::shared_ptr<RuleSet>> open(RuleOptions options);

  // After an error the program before stays.
  base::Result<void> reload();

  [[nodiscard]] language::Program& program() const { return *program_; }

  // There are sinks to choose among, and their names.
  [[nodiscard]] bool has_sinks() const { return !options_.environment.sinks.empty(); }
  [[nodiscard]] std::vector<std::string> sinks_of(stream::Route route) const;

  // In a few letters, by what the rules that are in use choose sinks: another text of the rules, other patterns,
  // another database. Empty where there are no sinks.
  [[nodiscard]] const std::string& print() const { return print_; }

 private:
  explicit RuleSet(RuleOptions options) : options_(std::move(options)) {}

  RuleOptions options_;
  std::unique_ptr<language::Program> program_;
  std::string print_;
};

}  // namespace rules
