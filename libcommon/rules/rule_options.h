// The options about rules: --rules, --rule, --explain, and --check and --test, with which a tool does only that.
#pragma once

#include "cli/command_line.h"
#include "rules/processor.h"

namespace rules {

// `check` completes the options as it does before the verb's action: it compiles the rules.
void declare_rules(cli::CommandLine& line, ProcessorOptions& options, cli::CommandLine::Check check);

}  // namespace rules
