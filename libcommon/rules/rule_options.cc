#include "rules/rule_options.h"

#include <string>
#include <utility>

#include "base/io.h"
#include "base/units.h"
#include "rules/rule_test.h"

namespace rules {
namespace {

constexpr char kRulesGroup[] = "Rules";

base::Result<void> need_rules(const ProcessorOptions& options, const std::string& option) {
  if (!options.rules.empty()) return {};
  return cli::reject(option, "needs --rules or --rule");
}

base::Result<int> print(const std::string& text, int status) {
  TRY(base::write_all(1, text, "stdout"));
  return status;
}

base::Result<int> check_rules(const ProcessorOptions& options, const cli::CommandLine::Check& check,
                              const base::Report& report) {
  TRY(need_rules(options, "--check"));
  TRY(check());
  for (const std::string& hint : options.rule_set->program().hints()) report(base::Level::warning, hint);
  return print("OK\n", 0);
}

base::Result<int> test_rules(const ProcessorOptions& options, const std::string& tests,
                             const cli::CommandLine::Check& check) {
  TRY(need_rules(options, "--test"));
  TRY(check());
  Processor processor(options, {});
  const RuleTestResult result = TRY(run_rule_tests(tests, processor));
  std::string text;
  for (const std::string& line : result.lines) text += line + "\n";
  text += base::count_of(result.passed, "test") + " passed, " + std::to_string(result.failed) + " failed\n";
  return print(text, result.failed == 0 ? 0 : 1);
}

void declare_origins(cli::CommandLine& line, RuleOptions& rules) {
  const auto take_file = [&rules](const std::string& file) -> base::Result<void> {
    if (file.empty()) return base::fail(base::Kind::usage, "", "the name of a file is missing");
    rules.origins.push_back({.file = file, .statement = {}});
    return {};
  };
  line.add_values("--rules", take_file, "apply the rules of this file to each event; see logpipe-rules(5)")
      .value_name("FILE")
      .group(kRulesGroup);
  const auto take_statement = [&rules](const std::string& text) -> base::Result<void> {
    rules.origins.push_back({.file = {}, .statement = text});
    return {};
  };
  line.add_values("--rule", take_statement, "apply these rules too, after those of files: 'if status < 400 { drop }'")
      .value_name("STATEMENT")
      .group(kRulesGroup);
}

void declare_environment(cli::CommandLine& line, language::Environment& environment) {
  environment.report = line.report();
  line.add_texts("--patterns", environment.pattern_folders,
                 "add the patterns of the files in this folder to those of grok, or replace them")
      .value_name("DIR")
      .group(kRulesGroup);
  line.add_text("--geoip-database", environment.geoip_database,
                "where geoip looks addresses up: a file of MaxMind's form")
      .value_name("FILE")
      .group(kRulesGroup);
  line.add_text("--hmac-key-file", environment.hmac_key_file, "the key of hmac, in base64")
      .value_name("FILE")
      .group(kRulesGroup);
}

}  // namespace

void declare_rules(cli::CommandLine& line, ProcessorOptions& options, cli::CommandLine::Check check) {
  declare_origins(line, options.rules);
  declare_environment(line, options.rules.environment);
  line.add_flag("--explain", options.rules.explain,
                "report on stderr, for each message, which statements applied and what they changed")
      .group(kRulesGroup);
  line.check([&options] { return options.rules.explain ? need_rules(options, "--explain") : base::Result<void>(); });
  line.add_flag(
          "--check", [] {}, "only compile the rules, and say OK or what is wrong")
      .group(kRulesGroup);
  line.instead("--check", [&options, check, report = line.report()] { return check_rules(options, check, report); });
  const auto tests = std::make_shared<std::string>();
  const auto take_tests = [tests](const std::string& file) -> base::Result<void> {
    *tests = file;
    return {};
  };
  line.add_value("--test", take_tests, "only try the rules on this file of messages and events, and say what differs")
      .value_name("FILE")
      .group(kRulesGroup);
  line.instead("--test", [&options, tests, check = std::move(check)] { return test_rules(options, *tests, check); });
}

}  // namespace rules
