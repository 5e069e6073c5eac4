#include "rules/rule_set.h"

#include <utility>

#include "base/io.h"

namespace rules {
namespace {

constexpr std::size_t kLargestRules = std::size_t{1} << 20;

base::Result<std::vector<language::Source>> read_sources(const RuleOptions& options) {
  std::vector<language::Source> sources;
  int statements = 0;
  for (const RuleOptions::Origin& origin : options.origins) {
    if (origin.file.empty()) {
      ++statements;
      sources.push_back({"--rule" + (statements == 1 ? "" : " " + std::to_string(statements)), origin.statement});
    } else {
      std::string text = TRY(base::read_file(origin.file, kLargestRules, "rules " + origin.file));
      sources.push_back({origin.file, std::move(text)});
    }
  }
  return sources;
}

}  // namespace

base::Result<std::shared_ptr<RuleSet>> RuleSet::open(RuleOptions options) {
  std::shared_ptr<RuleSet> rules(new RuleSet(std::move(options)));
  TRY(rules->reload());
  return rules;
}

base::Result<void> RuleSet::reload() {
  const auto sources = TRY(read_sources(options_));
  auto program = TRY(language::Program::compile(sources, options_.environment));
  if (program_ && program_->merges() != program->merges())
    return base::fail(base::Kind::config, "read the rules again",
                      "whether there are merge_by_time or merge_by_format cannot change; run again");
  program_ = std::move(program);
  return {};
}

}  // namespace rules
