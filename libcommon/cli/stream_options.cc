#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <functional>
#include <utility>

#include "cli/command_line.h"
#include "cli/meant.h"
#include "cli/options.h"
#include "cli/words.h"

namespace cli {
namespace {

constexpr char kFrames[] = "Frames";
constexpr char kDelivery[] = "Delivery";
constexpr base::Bytes kMostMessage = base::operator""_GiB(1);  // a batch counts lengths in 32 bits

void add_framing(CommandLine& line, stream::FrameFormat& format, const std::string& what) {
  const Choices<stream::Framing> framings{
      {"line", stream::Framing::line}, {"nul", stream::Framing::nul}, {"octet", stream::Framing::octet}};
  add_choice(line, "-F,--framing", format.framing, framings,
             what + ": an LF after each message (line), a NUL after it (nul), or its length before it (octet)")
      .value_name("FRAMING")
      .default_text(std::string(stream::framing_name(format.framing)))
      .group(kFrames);
  line.add_flag(
          "-0,--null", [] {}, "short for -F nul")
      .group(kFrames);
  // In whatever order the two options are given.
  line.check([&line, &format]() -> base::Result<void> {
    if (!line.has("--null")) return {};
    if (line.has("--framing") && format.framing != stream::Framing::nul)
      return reject("--null", "contradicts --framing " + std::string(stream::framing_name(format.framing)));
    format.framing = stream::Framing::nul;
    return {};
  });
}

base::Result<double> parse_rate(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error == std::errc() && stop == end && std::isfinite(value) && value > 0) return value;
  return base::fail(base::Kind::usage, "", "'" + text + "' is not a number of messages a second, such as 1000 or 0.5");
}

void add_pump(CommandLine& line, stream::PumpOptions& options) {
  add_duration(line, "--drain-time", options.drain_time,
               "wait at most this long until everything is safe, after SIGTERM, and in logsend and logredis push also "
               "after the end of input")
      .group(kDelivery);
  add_parsed(line, "--rate", options.rate, parse_rate,
             "move at most N messages per second; N may be a fraction, such as 0.5")
      .value_name("N")
      .group(kDelivery);
}

void add_progress(CommandLine& line, bool& progress, bool& no_progress) {
  const Option on =
      line.add_flag("--progress", progress, "show the progress line even if stderr is not a terminal").group(kOther);
  line.add_flag("--no-progress", no_progress, "never show the progress line").excludes(on).group(kOther);
}

base::Result<std::vector<std::string>> parse_command(const std::string& text) {
  auto words = split_words(text);
  if (!words) return base::fail(base::Kind::usage, "", "'" + text + "' " + words.error().why);
  return words;
}

void add_fallback(CommandLine& line, stream::OutputOptions& output) {
  add_parsed(line, "--fallback", output.fallback, parse_command,
             "send to this second sink while the first one is down; a command in one argument")
      .value_name("COMMAND")
      .group(kDelivery);
  add_duration(line, "--fallback-after", output.fallback_after,
               "use the fallback when the first sink has been down for this long")
      .group(kDelivery);
}

base::Result<void> check_fallback(const CommandLine& line, const stream::OutputOptions& output) {
  const bool falls_back = !output.fallback.empty();
  if (line.has("--fallback-after") && !falls_back) return reject("--fallback-after", "needs --fallback");
  if (falls_back && output.plain) return reject("--fallback", "cannot be combined with --plain");
  if (falls_back && output.batch > 0) return reject("--fallback", "cannot be combined with --batch");
  return {};
}

// The exit statuses of success; 0 is always one of them.
base::Result<std::vector<int>> parse_statuses(const std::string& text) {
  std::vector<int> statuses{0};
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const auto number = base::parse_number(std::string_view(text).substr(at, end - at));
    if (!number || *number > 255)
      return base::fail(base::Kind::usage, "", "'" + text + "' is not a list of exit statuses, such as 0,1");
    statuses.push_back(static_cast<int>(*number));
    at = end + 1;
  }
  return statuses;
}

void add_filter(CommandLine& line, stream::FilterOptions& filter) {
  const auto take = [&filter](const std::string& text) -> base::Result<void> {
    filter.commands.push_back(TRY(parse_command(text)));
    return {};
  };
  line.add_values("--filter", take,
                  "run COMMAND, given in one argument, once per batch of messages; its output replaces the batch; when "
                  "the option is repeated, the filters run one after the other")
      .value_name("COMMAND")
      .group(kDelivery);
  add_parsed(line, "--filter-status", filter.statuses, parse_statuses,
             "exit statuses with which a filter has succeeded; 0,1 for grep")
      .value_name("LIST")
      .default_text("0")
      .group(kDelivery);
  add_number(line, "--filter-batch", filter.batch, "run a filter once per N messages", 1).group(kDelivery);
  add_duration(line, "--filter-time", filter.time, "filter a smaller batch when its first message is this old")
      .group(kDelivery);
}

// With receipts, -i was said of what is read.
base::Result<void> check_filter(const CommandLine& line, const stream::OutputOptions& output) {
  if (!output.filter.commands.empty()) {
    if (!output.format.ids || output.receipts) return {};
    return reject("--filter", "cannot be combined with -i: what a filter writes has no ids of the source");
  }
  for (const char* option : {"--filter-status", "--filter-batch", "--filter-time"})
    if (line.has(option)) return reject(option, "needs --filter");
  return {};
}

// A sink is a command; its address or buffer alone is none.
base::Result<void> check_command(const std::vector<std::string>& command) {
  if (command.empty()) return {};
  const std::string& first = command.front();
  if (is_address(first) || is_buffer(first))
    return reject("-- " + first, "a command must follow" + meant(first, Use::write));
  if (first != "push") return {};
  return reject("-- push", "a command must follow; write -- logbuf push or -- logredis push");
}

base::Result<void> take_sink(const std::string& text, stream::OutputOptions& output) {
  const auto refuse = [&text](const std::string& why) {
    return base::fail(base::Kind::usage, "", "'" + text + "' " + why);
  };
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return refuse("is not NAME=COMMAND");
  stream::NamedCommand sink{.name = text.substr(0, equals), .command = {}};
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.'; };
  if (sink.name.empty() || !std::ranges::all_of(sink.name, fits))
    return refuse("needs a name of letters, digits, '_', '-' and '.' before the '='");
  if (sink.name == "default") return refuse("has the name of the sink behind --");
  if (std::ranges::find(output.to, sink.name, &stream::NamedCommand::name) != output.to.end())
    return refuse("has a name that was given before");
  if (output.to.size() + 1 == stream::kMostSinks)
    return refuse("is too much; there can be " + std::to_string(stream::kMostSinks - 1));
  sink.command = TRY(parse_command(text.substr(equals + 1)));
  TRY(check_command(sink.command));
  output.to.push_back(std::move(sink));
  return {};
}

base::Result<void> check_source(const CommandLine& line, const SourceOptions& options) {
  TRY(check_command(options.output.command));
  const bool batch = options.output.batch > 0;
  if (batch && options.output.plain) return reject("--batch", "cannot be combined with --plain");
  if (line.has("--batch-time") && !batch) return reject("--batch-time", "needs --batch");
  TRY(check_fallback(line, options.output));
  TRY(check_filter(line, options.output));
  if (!options.output.filter.commands.empty() && !options.output.to.empty())
    return reject("--filter", "cannot be combined with --to: what a filter writes is for no sink in particular");
  if (!options.output.command.empty()) return {};
  constexpr char kNeedsCommand[] = "needs a command: add '-- COMMAND'";
  const bool to_none = options.output.to.empty();
  if (batch && to_none) return reject("--batch", kNeedsCommand);
  if (options.output.plain && to_none) return reject("--plain", kNeedsCommand);
  if (!options.output.fallback.empty()) return reject("--fallback", kNeedsCommand);
  return {};
}

}  // namespace

Option add_prefetch(CommandLine& line, std::optional<std::uint64_t>& value) {
  return add_number(line, "--prefetch", value,
                    "hold at most N unconfirmed messages, and leave the rest to other readers", 1)
      .group(kDelivery);
}

Option declare_max_message(CommandLine& line, std::size_t& value, const std::string& help) {
  const auto parse = [](const std::string& text) -> base::Result<std::size_t> {
    const auto size = base::parse_bytes(text);
    if (!size) return base::fail(base::Kind::usage, "", "'" + text + "' is " + size.error().why);
    if (size->count == 0 || *size > kMostMessage)
      return base::fail(base::Kind::usage, "", "'" + text + "' is not from 1 to 1GiB");
    return size->count;
  };
  std::string shown = base::format_bytes({value});
  std::erase(shown, ' ');
  return add_parsed(line, "--max-message", value, parse, help).value_name("SIZE").default_text(shown).group(kFrames);
}

void declare_source(CommandLine& line, const Context& context, SourceOptions& options) {
  stream::OutputOptions& output = options.output;
  output.command = context.command;
  add_framing(line, output.format, "output framing");
  line.add_flag("-i,--ids", output.format.ids, "write the id and a TAB before each message").group(kFrames);

  add_number(line, "--batch", output.batch, "run COMMAND once per N messages; its exit status 0 is their receipt", 1)
      .default_text("")
      .group(kDelivery);
  add_duration(line, "--batch-time", output.batch_time, "deliver a smaller batch when its first message is this old")
      .group(kDelivery);
  line.add_flag("--plain", output.plain,
                "a hop without a handshake, in the chosen framing: COMMAND keeps ids and writes receipts")
      .group(kDelivery);
  add_fallback(line, output);
  add_filter(line, output.filter);
  add_bytes(line, "--window", output.window, "read nothing more while this much has no receipt", {1}).group(kDelivery);
  add_number(line, "--window-messages", output.window_messages,
             "read nothing more while this many messages have no receipt", 1)
      .group(kDelivery);
  add_duration(
      line, "--retry-time", output.retry_time,
      "give up when nothing could be delivered for this long (default: if the source ends by itself 30s, with --batch "
      "and --filter the first failure; otherwise never)")
      .group(kDelivery);
  add_pump(line, options.pump);
  add_progress(line, options.progress, options.no_progress);
  line.check([&line, &options] { return check_source(line, options); });
}

void declare_sinks(CommandLine& line, stream::OutputOptions& output,
                   std::function<base::Result<void>(const std::string&)> other, const std::string& other_help) {
  constexpr char kHelp[] = "one more sink, a command in one argument; router(\"NAME\") in rules sends messages there";
  const bool two = static_cast<bool>(other);
  const auto take = [&output, other = std::move(other)](const std::string& text) -> base::Result<void> {
    return other && text.find('=') == std::string::npos ? other(text) : take_sink(text, output);
  };
  line.add_values("--to", take, two ? other_help + "; or NAME=COMMAND: " + kHelp : kHelp)
      .value_name(two ? "ID|NAME=COMMAND" : "NAME=COMMAND")
      .group(kDelivery);
}

base::Result<void> need_sink_of_rest(const stream::OutputOptions& output) {
  if (output.to.empty() || !output.command.empty()) return {};
  return reject("--to",
                "needs a sink for the other messages too, since peek acknowledges nothing that it prints: add "
                "'-- COMMAND', or use pop");
}

void declare_sink_retry(CommandLine& line, SinkOptions& options) {
  add_duration(line, "--retry-time", options.pump.retry_time,
               "give up when messages wait and the destination was away for this long (default: never; in a hop with "
               "--fallback, its --fallback-after)")
      .group(kDelivery);
}

void declare_sink(CommandLine& line, const Context& context, SinkOptions& options) {
  stream::InputOptions& input = options.input;
  add_framing(line, input.format, "input framing");
  line.add_flag("-i,--ids", input.format.ids, "read an id and a TAB before each message").group(kFrames);
  line.add_flag("-r,--receipts", input.receipts, "write receipts, the ids of safe messages, to stdout; needs -i")
      .group(kFrames);
  declare_max_message(line, input.max_message);
  add_pump(line, options.pump);
  add_progress(line, options.progress, options.no_progress);
  const bool invited = context.invitation.has_value();
  const unsigned hop = invited ? context.invitation->hop : 0;
  if (invited) options.pump.retry_time = context.invitation->retry_time;
  line.check([&options, invited, hop]() -> base::Result<void> {
    if (options.input.receipts && !options.input.format.ids && !invited)
      return base::fail(base::Kind::usage, "-r needs ids: add -i", "");
    if (invited) options.pump.linger = stream::linger_time(hop, options.pump.drain_time);
    return {};
  });
}

}  // namespace cli
