// Options that several tools share, declared once, so that they are spelled, parsed and explained the same everywhere.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/units.h"
#include "cli/command_line.h"
#include "stream/flow.h"
#include "stream/frame.h"
#include "stream/input.h"
#include "stream/output.h"

namespace cli {

// Typed options: bad values are usage errors that name the option and say what is accepted. The value that the variable
// holds when the option is added is shown as its default (an empty optional: none). Less than `least` is an error.
Option add_bytes(CommandLine& line, const std::string& names, base::Bytes& value, const std::string& help,
                 base::Bytes least = {0});
Option add_bytes(CommandLine& line, const std::string& names, std::optional<base::Bytes>& value,
                 const std::string& help, base::Bytes least = {0});
Option add_duration(CommandLine& line, const std::string& names, base::Duration& value, const std::string& help);
Option add_duration(CommandLine& line, const std::string& names, std::optional<base::Duration>& value,
                    const std::string& help);
Option add_number(CommandLine& line, const std::string& names, std::uint64_t& value, const std::string& help,
                  std::uint64_t least = 0);
Option add_number(CommandLine& line, const std::string& names, std::optional<std::uint64_t>& value,
                  const std::string& help, std::uint64_t least = 0);
Option add_time(CommandLine& line, const std::string& names, std::optional<base::WallTime>& value,
                const std::string& help);

// An option whose text `parse` understands, a callable that gives a Result; why() of its error is shown.
template <class Slot, class Parse>
Option add_parsed(CommandLine& line, const std::string& names, Slot& slot, Parse parse, const std::string& help) {
  const auto take = [&slot, parse](const std::string& text) -> base::Result<void> {
    slot = TRY(parse(text));
    return {};
  };
  return line.add_value(names, take, help);
}

// An option with one of a few values, each with its name.
template <class T>
using Choices = std::vector<std::pair<std::string, T>>;

// Where `text` stands in `names`; else an error that lists them.
base::Result<std::size_t> choose(const std::string& text, const std::vector<std::string>& names);

template <class Slot, class T>
Option add_choice(CommandLine& line, const std::string& names, Slot& slot, const Choices<T>& choices,
                  const std::string& help) {
  std::vector<std::string> known;
  for (const auto& choice : choices) known.push_back(choice.first);
  const auto take = [&slot, choices, known](const std::string& text) -> base::Result<void> {
    slot = choices[TRY(choose(text, known))].second;
    return {};
  };
  return line.add_value(names, take, help).choices(known);
}

// declare_source and declare_sink also check their options against each other.

// A source tool: -F/--framing, -0/--null, -i/--ids, --window, --window-messages, --batch, --batch-time, --plain,
// --fallback, --fallback-after, --filter, --filter-status, --filter-batch, --filter-time, --retry-time, --drain-time,
// --rate, --progress/--no-progress, and the command after "--".
struct SourceOptions {
  stream::OutputOptions output;
  stream::PumpOptions pump;
  bool progress = false;     // --progress
  bool no_progress = false;  // --no-progress
};
void declare_source(CommandLine& line, const Context& context, SourceOptions& options);

// --to, of a source tool with rules: more sinks, each with its name. `other` takes what has no "=", where the option
// has another meaning too, which `other_help` says: the end of a range.
void declare_sinks(CommandLine& line, stream::OutputOptions& output,
                   std::function<base::Result<void>(const std::string&)> other = {},
                   const std::string& other_help = {});

// Of a tool that acknowledges what a sink has, and nothing that it prints: with --to there has to be a command.
base::Result<void> need_sink_of_rest(const stream::OutputOptions& output);

// --prefetch, of a source that shares a queue with others; see stream::OutputOptions::prefetch.
Option add_prefetch(CommandLine& line, std::optional<std::uint64_t>& value);

// --max-message, for what cuts a byte stream into messages.
Option declare_max_message(CommandLine& line, std::size_t& value, const std::string& help = "split longer messages");

// A sink tool: -F/--framing, -0/--null, -i/--ids, -r/--receipts, --max-message, --drain-time, --rate,
// --progress/--no-progress.
struct SinkOptions {
  stream::InputOptions input;
  stream::PumpOptions pump;
  bool progress = false;
  bool no_progress = false;
};
void declare_sink(CommandLine& line, const Context& context, SinkOptions& options);

// --retry-time of a sink whose destination may be away.
void declare_sink_retry(CommandLine& line, SinkOptions& options);

// stream::pump with a progress line where one is wanted; the exit status (0, or Kind::temporary when not all is safe).
base::Result<int> pump(event::Loop& loop, stream::Source& source, stream::Sink& sink, const SourceOptions& options,
                       const Context& context);
base::Result<int> pump(event::Loop& loop, stream::Source& source, stream::Sink& sink, const SinkOptions& options,
                       const Context& context);

}  // namespace cli
