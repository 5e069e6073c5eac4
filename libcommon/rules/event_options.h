// The options that say what happens to messages on their way: --parse, --where, --set, --format and their kin.
#pragma once

#include "cli/command_line.h"
#include "rules/processor.h"

namespace rules {

// Bad values are usage errors that name the option, and so is what contradicts itself.
void declare_events(cli::CommandLine& line, ProcessorOptions& options);

}  // namespace rules
