// Options that several tools share, declared once, so that they are spelled, parsed and explained the same everywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/units.h"
#include "cli/tool.h"
#include "stream/flow.h"
#include "stream/frame.h"
#include "stream/input.h"
#include "stream/outlet.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cli {

// Typed options: bad values are usage errors that name the option and say what is accepted. The value that the variable
// holds when the option is added is shown as its default (an empty optional: none). Given twice, the last one counts.
CLI::Option* add_bytes(CLI::App& app, const std::string& names, base::Bytes& value, const std::string& help);
CLI::Option* add_bytes(CLI::App& app, const std::string& names, std::optional<base::Bytes>& value,
                       const std::string& help);
CLI::Option* add_duration(CLI::App& app, const std::string& names, base::Duration& value, const std::string& help);
CLI::Option* add_duration(CLI::App& app, const std::string& names, std::optional<base::Duration>& value,
                          const std::string& help);
CLI::Option* add_number(CLI::App& app, const std::string& names, std::uint64_t& value, const std::string& help);
CLI::Option* add_number(CLI::App& app, const std::string& names, std::optional<std::uint64_t>& value,
                        const std::string& help);
CLI::Option* add_time(CLI::App& app, const std::string& names, std::optional<base::WallTime>& value,
                      const std::string& help);

// declare_source and declare_sink check their options against each other as soon as the command line is parsed, by the
// app's parse_complete_callback; checks of a tool's own belong in app.callback(), and throw CLI::ValidationError.

// A source tool: -F/--framing, -0/--null, -i/--ids, --window, --window-messages, --batch, --batch-time, --plain,
// --fallback, --fallback-after, --retry-time, --drain-time, --rate, --progress/--no-progress, and the command after
// "--".
struct SourceOptions {
  stream::OutletOptions outlet;
  stream::PumpOptions pump;
  bool progress = false;     // --progress
  bool no_progress = false;  // --no-progress
};
void declare_source(CLI::App& app, const Context& context, SourceOptions& options);

// --max-message, for what cuts a byte stream into messages.
void declare_max_message(CLI::App& app, std::size_t& value);

// A sink tool: -F/--framing, -0/--null, -i/--ids, -r/--receipts, --max-message, --drain-time, --rate,
// --progress/--no-progress.
struct SinkOptions {
  stream::InputOptions input;
  stream::PumpOptions pump;
  bool progress = false;
  bool no_progress = false;
};
void declare_sink(CLI::App& app, const Context& context, SinkOptions& options);

// stream::pump with a progress line where one is wanted; the exit status (0, or Kind::temporary when not all is safe).
base::Result<int> pump(event::Loop& loop, stream::Source& source, stream::Sink& sink, const SourceOptions& options,
                       const Context& context);
base::Result<int> pump(event::Loop& loop, stream::Source& source, stream::Sink& sink, const SinkOptions& options,
                       const Context& context);

}  // namespace cli
