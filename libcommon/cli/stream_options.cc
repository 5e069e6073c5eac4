#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>

#include "cli/command_line.h"
#include "cli/options.h"
#include "cli/words.h"

namespace cli {
namespace {

constexpr char kFrames[] = "Frames";
constexpr char kDelivery[] = "Delivery";
constexpr base::Bytes kMostMessage = base::operator""_GiB(1);  // a batch counts lengths in 32 bits

[[noreturn]] void reject(const std::string& option, const std::string& why) {
  throw CLI::ValidationError(option, why);
}

CLI::Option* take_last(CLI::Option* option) {
  return option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void add_framing(CLI::App& app, stream::FrameFormat& format, const std::string& how) {
  const std::string help = how + " ends with LF (line) or NUL (nul), or stands behind its length (octet)";
  const auto take = [&format](const std::string& name) {
    const auto framing = stream::parse_framing(name);
    if (!framing) reject("--framing", "'" + name + "' is not line, nul or octet");
    format.framing = *framing;
  };
  take_last(app.add_option_function<std::string>("-F,--framing", take, help))
      ->type_name("FRAMING")
      ->default_str(std::string(stream::framing_name(format.framing)))
      ->group(kFrames);
  app.add_flag("-0,--null")->description("the same as -F nul")->group(kFrames);
}

// Settles -F against -0, in whatever order they came.
void check_framing(const CLI::App& app, stream::FrameFormat& format) {
  if (app.count("--null") == 0) return;
  if (app.count("--framing") > 0 && format.framing != stream::Framing::nul)
    reject("--null", "contradicts --framing " + std::string(stream::framing_name(format.framing)));
  format.framing = stream::Framing::nul;
}

}  // namespace

void declare_max_message(CLI::App& app, std::size_t& value) {
  const auto take = [&value](const std::string& text) {
    const auto size = base::parse_bytes(text);
    if (!size) reject("--max-message", "'" + text + "' is " + size.error().why);
    if (size->count == 0 || *size > kMostMessage) reject("--max-message", "'" + text + "' is not from 1 to 1GiB");
    value = size->count;
  };
  std::string shown = base::format_bytes({value});
  std::erase(shown, ' ');
  take_last(app.add_option_function<std::string>("--max-message", take, "split longer messages"))
      ->type_name("SIZE")
      ->default_str(shown)
      ->group(kFrames);
}

namespace {

// A count of at least 1. `shown` is its default; empty: none.
CLI::Option* add_count(CLI::App& app, const std::string& name, std::size_t& value, const std::string& shown,
                       const std::string& help) {
  const auto take = [&value, name](const std::string& text) {
    const auto number = base::parse_number(text);
    if (!number) reject(name, "'" + text + "' is " + number.error().why);
    if (*number == 0) reject(name, "'0' is not a number from 1 on");
    value = *number;
  };
  return take_last(app.add_option_function<std::string>(name, take, help))
      ->type_name("N")
      ->default_str(shown)
      ->group(kDelivery);
}

void add_rate(CLI::App& app, double& value) {
  const auto take = [&value](const std::string& text) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (error != std::errc() || stop != end || !std::isfinite(value) || value <= 0)
      reject("--rate", "'" + text + "' is not a number of messages a second, such as 1000 or 0.5");
  };
  take_last(app.add_option_function<std::string>("--rate", take, "move at most N messages a second; 0.5 is possible"))
      ->type_name("N")
      ->group(kDelivery);
}

void add_pump(CLI::App& app, stream::PumpOptions& options) {
  add_duration(app, "--drain-time", options.drain_time,
               "after SIGTERM, and in logsend and logredis push after the end of input, wait at most so long until "
               "all is safe")
      ->group(kDelivery);
  add_rate(app, options.rate);
}

void add_progress(CLI::App& app, bool& progress, bool& no_progress) {
  CLI::Option* on =
      app.add_flag("--progress", progress, "show the progress even if stderr is not a terminal")->group(kOther);
  app.add_flag("--no-progress", no_progress, "never show the progress")->excludes(on)->group(kOther);
}

void add_fallback(CLI::App& app, stream::OutletOptions& outlet) {
  const auto take = [&outlet](const std::string& text) {
    auto words = split_words(text);
    if (!words) reject("--fallback", "'" + text + "' " + words.error().why);
    outlet.fallback = std::move(*words);
  };
  take_last(app.add_option_function<std::string>(
                "--fallback", take, "a second sink, in one argument, for the time when the first one is down"))
      ->type_name("COMMAND")
      ->group(kDelivery);
  add_duration(app, "--fallback-after", outlet.fallback_after, "use it when the first has been down for so long")
      ->group(kDelivery);
}

void check_fallback(const CLI::App& app, const stream::OutletOptions& outlet) {
  const bool falls_back = !outlet.fallback.empty();
  if (app.count("--fallback-after") > 0 && !falls_back) reject("--fallback-after", "needs --fallback");
  if (falls_back && outlet.plain) reject("--fallback", "cannot be combined with --plain");
  if (falls_back && outlet.batch > 0) reject("--fallback", "cannot be combined with --batch");
}

void check_source(const CLI::App& app, SourceOptions& options) {
  check_framing(app, options.outlet.format);
  if (options.outlet.window.count == 0) reject("--window", "'0' is not a size from 1 on");
  const bool batch = options.outlet.batch > 0;
  if (batch && options.outlet.plain) reject("--batch", "cannot be combined with --plain");
  if (app.count("--batch-time") > 0 && !batch) reject("--batch-time", "needs --batch");
  check_fallback(app, options.outlet);
  if (!options.outlet.command.empty()) return;
  constexpr char kNeedsCommand[] = "needs a command: add '-- COMMAND'";
  if (batch) reject("--batch", kNeedsCommand);
  if (options.outlet.plain) reject("--plain", kNeedsCommand);
  if (!options.outlet.fallback.empty()) reject("--fallback", kNeedsCommand);
}

void check_sink(const CLI::App& app, bool invited, SinkOptions& options) {
  check_framing(app, options.input.format);
  if (options.input.receipts && !options.input.format.ids && !invited)
    throw CLI::ValidationError("-r needs ids: add -i");
  // Half of the time is for reading on towards the end that the source makes, the rest for getting it safe.
  if (invited) options.pump.linger = options.pump.drain_time / 2;
}

}  // namespace

void declare_source(CLI::App& app, const Context& context, SourceOptions& options) {
  stream::OutletOptions& outlet = options.outlet;
  outlet.command = context.command;
  add_framing(app, outlet.format, "each message written");
  app.add_flag("-i,--ids", outlet.format.ids, "write each message's id and a TAB before it")->group(kFrames);

  add_count(app, "--batch", outlet.batch, "", "start COMMAND once per N messages; its exit status 0 is their receipt");
  add_duration(app, "--batch-time", outlet.batch_time, "a smaller batch goes when its first message is so old")
      ->group(kDelivery);
  app.add_flag("--plain", outlet.plain,
               "COMMAND is a filter and a sink that it feeds: no handshake, the chosen framing, ids")
      ->group(kDelivery);
  add_fallback(app, outlet);
  add_bytes(app, "--window", outlet.window, "keep at most so much that has no receipt yet")->group(kDelivery);
  add_count(app, "--window-messages", outlet.window_messages, std::to_string(outlet.window_messages),
            "keep at most so many messages that have no receipt yet");
  add_duration(
      app, "--retry-time", outlet.retry_time,
      "give up when nothing could be delivered for so long (default: 30s, with --batch at once, where the source "
      "ends by itself; else never)")
      ->group(kDelivery);
  add_pump(app, options.pump);
  add_progress(app, options.progress, options.no_progress);
  app.parse_complete_callback([&app, &options] { check_source(app, options); });
}

void declare_sink(CLI::App& app, const Context& context, SinkOptions& options) {
  stream::InputOptions& input = options.input;
  add_framing(app, input.format, "each message read");
  app.add_flag("-i,--ids", input.format.ids, "each message has its id and a TAB before it")->group(kFrames);
  app.add_flag("-r,--receipts", input.receipts, "write the id of what is safe to stdout; needs -i")->group(kFrames);
  declare_max_message(app, input.max_message);
  add_pump(app, options.pump);
  add_progress(app, options.progress, options.no_progress);
  const bool invited = context.invitation.has_value();
  app.parse_complete_callback([&app, &options, invited] { check_sink(app, invited, options); });
}

}  // namespace cli
