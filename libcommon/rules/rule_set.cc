#include "rules/rule_set.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/ascii.h"
#include "base/io.h"
#include "rules/digest.h"

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

// What a change of the file changes. That of one that cannot be read is another matter, and not said here.
void append_state(std::string& text, const std::string& path) {
  struct stat status {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return;
  text.append(path).append(" ");
  for (const auto number : {static_cast<std::int64_t>(status.st_size), static_cast<std::int64_t>(status.st_mtim.tv_sec),
                            static_cast<std::int64_t>(status.st_mtim.tv_nsec)})
    text.append(std::to_string(number)).append(" ");
}

void append_states(std::string& text, const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) paths.push_back(entry.path());
  std::ranges::sort(paths);
  for (const std::string& path : paths) append_state(text, path);
}

// All that a route depends on.
std::string basis_of(const std::vector<language::Source>& sources, const language::Environment& environment) {
  std::string text;
  for (const language::Source& source : sources) text.append(std::to_string(source.text.size())).append(source.text);
  append_states(text, shipped_patterns_folder());
  for (const std::string& folder : environment.pattern_folders) append_states(text, folder);
  for (const std::string& path : {environment.geoip_database, environment.hmac_key_file, Resources().useragent_regexes})
    append_state(text, path);
  return text;
}

}  // namespace

std::string print_of(std::string_view text) {
  constexpr std::size_t kBytes = 8;
  const Sha256 digest = sha256_of(text);
  return base::hexadecimal({digest.data(), kBytes});
}

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
  if (has_sinks()) print_ = print_of(basis_of(sources, options_.environment));
  return {};
}

std::vector<std::string> RuleSet::sinks_of(stream::Route route) const {
  std::vector<std::string> names;
  if ((route & stream::kDefaultRoute) != 0) names.emplace_back(language::kDefaultSink);
  for (std::size_t i = 0; i < options_.environment.sinks.size(); ++i)
    if ((route >> (i + 1) & 1) != 0) names.push_back(options_.environment.sinks[i]);
  return names;
}

}  // namespace rules
