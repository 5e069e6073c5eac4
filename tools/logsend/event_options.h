// What is done to messages on their way, whatever the destination is.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command_line.h"
#include "rules/processor.h"

namespace logsend {

struct EventOptions {
  rules::ProcessorOptions processor;
  rules::Defaults defaults;
};

// `addresses`: the destinations, known when the options are checked.
void declare_events(cli::CommandLine& line, EventOptions& options, const std::vector<std::string>& addresses);

// Kind::usage for defaults that are none.
base::Result<rules::Processor> make_processor(const EventOptions& options);
// The same with another form of `options.processor`.
base::Result<rules::Processor> make_processor(const EventOptions& options, rules::ProcessorOptions processor);

}  // namespace logsend
