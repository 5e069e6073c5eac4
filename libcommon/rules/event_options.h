// The options that say what happens to messages on their way: --parse, --where, --set, --format and their kin.
#pragma once

#include <functional>

#include "cli/command_line.h"
#include "rules/processor.h"
#include "stream/output.h"

namespace rules {

// What is particular to a tool.
struct EventUse {
  bool peers = false;  // its messages have senders: --add-peer
  // Whether fields have a use beside --where and --format: in the name of a file. Unset: they have none.
  std::function<bool()> names_files = {};
  // The sinks among which router() chooses: those of --to (cli::declare_sinks). Null: the tool has none.
  stream::OutputOptions* output = nullptr;
};

// Bad values are usage errors that name the option, and so is what contradicts itself. Returns --format.
cli::Option declare_events(cli::CommandLine& line, ProcessorOptions& options, EventUse use = {});

}  // namespace rules
