// The options that say what happens to messages on their way: --parse, --where, --set, --format and their kin.
#pragma once

#include "tools/logcat/processor.h"

namespace CLI {
class App;
}

namespace logcat {

// Bad values are usage errors that name the option.
void declare_events(CLI::App& app, ProcessorOptions& options);
// When all options are known: what contradicts itself is a usage error, what was left open is settled.
void check_events(const CLI::App& app, ProcessorOptions& options);

}  // namespace logcat
