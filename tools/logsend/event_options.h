// What is done to messages on their way, whatever the destination is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/report.h"
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

// Nobody asks for another form of messages, nor for some of them only.
bool asks_for_nothing(const EventOptions& options);

// Takes the message as the event that it becomes, and reports what there is to say of it: why it is rejected, what
// could not be done, and what the rules did. False: it is left out.
bool take_event(rules::Processor& processor, std::string_view message, codec::Event& event, const base::Report& report);

// Reads the rules again, where there are some; why it cannot is reported, and those from before stay in use.
void reread_rules(rules::Processor& processor, const base::Report& report);

}  // namespace logsend
