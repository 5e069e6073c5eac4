// logsend: messages on stdin to a destination.
// stdin: frames. stdout: receipts, with -r or in a hop; otherwise nothing.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/quote.h"
#include "cli/options.h"
#include "cli/tls_options.h"
#include "cli/tool.h"
#include "rules/event_options.h"
#include "rules/processed.h"
#include "stream/reach.h"
#include "tools/logsend/datagram_sink.h"
#include "tools/logsend/dead_letter_sink.h"
#include "tools/logsend/destination.h"
#include "tools/logsend/file_sink.h"
#include "tools/logsend/logd_sink.h"
#include "tools/logsend/relp_sink.h"
#include "tools/logsend/stream_sink.h"

namespace {

// What becomes of a message that a server rejects.
struct OnReject {
  bool drop = false;
  std::string buffer;  // where it is kept; empty: nowhere
};

struct Options {
  cli::SinkOptions sink;
  std::vector<std::string> addresses;
  stream::Framing wire = stream::Framing::line;
  base::Duration connect_timeout = std::chrono::seconds(10);
  std::optional<base::Duration> keepalive;
  std::optional<base::Duration> timeout;
  base::Duration idle_timeout = base::Duration::zero();
  base::Bytes window{8 << 20};
  std::uint64_t window_messages = 65536;
  std::uint64_t relp_window = 128;
  OnReject on_reject;
  net::TlsOptions tls;
  rules::ProcessorOptions events;
  rules::Defaults defaults;
};

// A sink and what its receipts mean.
struct Opened {
  std::unique_ptr<stream::Sink> sink;
  stream::Strength strength;
  bool processes = false;  // messages by itself, as --format and its kin ask
};

net::DialOptions dial_options(const Options& options, std::shared_ptr<net::TlsContext> tls) {
  return {.connect_timeout = options.connect_timeout,
          .keepalive = options.keepalive,
          .tls = std::move(tls),
          .seed = std::random_device()()};
}

base::Result<Opened> open_stream(event::Loop& loop, logsend::Destination destination, const Options& options,
                                 std::shared_ptr<net::TlsContext> tls, const cli::Context& context) {
  logsend::StreamOptions stream{
      .wire = options.wire,
      .dial = dial_options(options, std::move(tls)),
      .idle_timeout = options.idle_timeout,
      .drain_time = options.sink.pump.drain_time,
      .window = options.window,
      .window_messages = static_cast<std::size_t>(options.window_messages),
  };
  stream.timeout = options.timeout.value_or(stream.timeout);
  return Opened{TRY(logsend::StreamSink::open(loop, std::move(destination.urls), stream, context.report)),
                stream::Strength::sent};
}

// The logbuf that was installed with this program, else the one in PATH.
std::string logbuf_program() {
  std::error_code error;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", error).replace_filename("logbuf");
  return !error && ::access(beside.c_str(), X_OK) == 0 ? beside.string() : "logbuf";
}

// `open_sender` makes the sink, given what becomes of messages that the server rejects.
base::Result<Opened> open_rejecting(event::Loop& loop, const logsend::DeadLetterSink::OpenSender& open_sender,
                                    const Options& options, const cli::Context& context) {
  if (!options.on_reject.buffer.empty())
    return Opened{
        TRY(logsend::DeadLetterSink::open(loop, open_sender,
                                          {.command = {logbuf_program(), "push", "--", options.on_reject.buffer},
                                           .window = options.window,
                                           .window_messages = static_cast<std::size_t>(options.window_messages)},
                                          context.report)),
        stream::Strength::peer};
  if (!options.on_reject.drop) return Opened{open_sender({}), stream::Strength::peer};
  const auto drop = [report = context.report](const codec::Rejection& rejection) -> base::Result<codec::Verdict> {
    // Of an empty message there is nothing to be told; the sink counts them.
    if (!rejection.message.empty())
      report(base::Level::error, "the server rejected " + base::quote(rejection.message) + " (" +
                                     base::quote(rejection.reason) + "); it is dropped");
    return codec::Verdict::settled;
  };
  return Opened{open_sender(drop), stream::Strength::peer};
}

base::Result<Opened> open_relp(event::Loop& loop, const logsend::Destination& destination, const Options& options,
                               std::shared_ptr<net::TlsContext> tls, const cli::Context& context) {
  logsend::RelpOptions relp{
      .relp_window = static_cast<std::size_t>(options.relp_window),
      .dial = dial_options(options, std::move(tls)),
      .idle_timeout = options.idle_timeout,
      .drain_time = options.sink.pump.drain_time,
      .window = options.window,
      .window_messages = static_cast<std::size_t>(options.window_messages),
  };
  relp.timeout = options.timeout.value_or(relp.timeout);
  const auto open_sender = [&](codec::Reject on_reject) -> std::unique_ptr<logsend::RejectingSink> {
    relp.on_reject = std::move(on_reject);
    return logsend::RelpSink::open(loop, destination.urls, relp, context.report);
  };
  return open_rejecting(loop, open_sender, options, context);
}

base::Result<Opened> open_logd(event::Loop& loop, const logsend::Destination& destination, const Options& options,
                               std::shared_ptr<net::TlsContext> tls, const cli::Context& context) {
  constexpr base::Duration kAnswerTime = std::chrono::seconds(90);  // as for RELP
  logsend::LogdOptions logd{
      .session = {.dial = dial_options(options, std::move(tls)), .timeout = options.timeout.value_or(kAnswerTime)},
      .idle_timeout = options.idle_timeout,
      .drain_time = options.sink.pump.drain_time,
      .window = options.window,
      .window_messages = static_cast<std::size_t>(options.window_messages),
  };
  const auto open_sender = [&](codec::Reject on_reject) -> std::unique_ptr<logsend::RejectingSink> {
    logd.on_reject = std::move(on_reject);
    return logsend::LogdSink::open(loop, destination.urls, logd, context.report);
  };
  return open_rejecting(loop, open_sender, options, context);
}

// Messages that stay as they are lack what they do not say.
base::Result<rules::Processor> make_processor(const Options& options) {
  std::unique_ptr<rules::Completion> completion;
  if (options.events.format) completion = TRY(rules::Completion::create(options.defaults));
  return rules::Processor(options.events, {}, std::move(completion));
}

// Which file a message goes to follows from the message before it is formatted, so that this sink does both.
base::Result<Opened> open_file(const std::string& name, const Options& options, const cli::Context& context) {
  logsend::FileOptions file{.pattern = TRY(logsend::FilePattern::compile(name)), .wire = options.wire};
  const bool by_field = file.pattern.has_fields();
  if (by_field) {
    file.processor = std::make_unique<rules::Processor>(TRY(make_processor(options)));
    file.report = context.report;
  }
  auto sink = TRY(logsend::FileSink::open(std::move(file)));
  const stream::Strength strength = sink->strength();
  return Opened{std::move(sink), strength, by_field};
}

base::Result<Opened> open_sink(event::Loop& loop, logsend::Destination destination, const Options& options,
                               const cli::Context& context) {
  std::shared_ptr<net::TlsContext> tls;
  if (destination.needs_tls()) tls = TRY(net::TlsContext::create(net::TlsRole::client, options.tls, context.report));
  if (!tls && !options.tls.empty())
    return base::fail(base::Kind::usage, "set up TLS", "--tls options were given, but no destination uses TLS");
  switch (destination.kind) {
    case logsend::Kind::stream:
      return open_stream(loop, std::move(destination), options, std::move(tls), context);
    case logsend::Kind::relp:
      return open_relp(loop, destination, options, std::move(tls), context);
    case logsend::Kind::logd:
      return open_logd(loop, destination, options, std::move(tls), context);
    case logsend::Kind::datagram:
      return Opened{TRY(logsend::DatagramSink::open(
                        loop, std::move(destination.urls.front()),
                        {.drain_time = options.sink.pump.drain_time, .seed = std::random_device()()}, context.report)),
                    stream::Strength::sent};
    case logsend::Kind::file:
      break;
  }
  return open_file(destination.file, options, context);
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  auto destination = TRY(logsend::parse_destination(options.addresses));
  auto loop = TRY(event::Loop::create());
  const Opened opened = TRY(open_sink(loop, std::move(destination), options, context));
  auto input = TRY(stream::Input::open(loop, options.sink.input, context.invitation, context.report));
  if (context.invitation && context.invitation->retry_time)
    TRY(stream::await_reach(loop, *opened.sink, *options.sink.pump.retry_time));
  TRY(input->greet({.strength = opened.strength, .last = {}}));
  if (options.events.nothing() || opened.processes) return cli::pump(loop, *input, *opened.sink, options.sink, context);
  rules::Processed processed(std::move(input), nullptr, TRY(make_processor(options)), context.report);
  return cli::pump(loop, processed, *opened.sink, options.sink, context);
}

bool names_files(const Options& options) {
  return std::ranges::any_of(options.addresses, [](const auto& address) { return address.find("%{") != address.npos; });
}

base::Result<void> check_parse(const cli::CommandLine& line, const Options& options) {
  const bool used = options.events.format || options.events.where || line.has("--on-unparsed") || names_files(options);
  if (!line.has("--parse") || used) return {};
  return cli::reject("--parse", "needs --format, --where, or a file's path with %{FIELD} in it");
}

void declare_format(cli::CommandLine& line, Options& options) {
  constexpr char kGroup[] = "Events";
  const cli::Option format =
      rules::declare_events(line, options.events, {.names_files = [&options] { return names_files(options); }});
  line.check([&line, &options] { return check_parse(line, options); });
  const auto add = [&line, format, kGroup](const std::string& name, std::string& value, const std::string& type,
                                           const std::string& help) {
    line.add_text(name, value, help).value_name(type).needs(format).group(kGroup);
  };
  add("--pri", options.defaults.priority, "PRIORITY", "FACILITY.SEVERITY or number, for messages that have none");
  add("--host", options.defaults.hostname, "NAME", "host name for messages that have none (default: this host's)");
  add("--app", options.defaults.appname, "NAME",
      "application name for messages that have none (default: the user's name)");
  add("--procid", options.defaults.procid, "ID", "process id for messages that have none");
  add("--msgid", options.defaults.msgid, "ID", "message type for messages that have none");
  add("--sd", options.defaults.structured_data, "DATA",
      "structured data for messages that have none: [id name=\"value\"]");
}

base::Result<OnReject> parse_on_reject(const std::string& text) {
  constexpr std::string_view kKeep = "dead-letter:";
  if (text == "stop") return OnReject{};
  if (text == "drop") return OnReject{.drop = true, .buffer = {}};
  if (text.starts_with(kKeep) && text.size() > kKeep.size())
    return OnReject{.drop = false, .buffer = text.substr(kKeep.size())};
  return base::fail(base::Kind::usage, "", "'" + text + "' is not stop, drop or dead-letter:BUFFER");
}

base::Result<void> check_keepalive(const Options& options) {
  if (!options.keepalive || *options.keepalive == base::Duration::zero()) return {};
  if (*options.keepalive < std::chrono::seconds(1) || *options.keepalive > std::chrono::hours(9))
    return cli::reject("--keepalive", "is 0 or from 1s to 9h");
  return {};
}

void declare_connection(cli::CommandLine& line, Options& options) {
  constexpr char kGroup[] = "Connection";
  const cli::Choices<stream::Framing> wires{{"lf", stream::Framing::line}, {"octet", stream::Framing::octet}};
  cli::add_choice(line, "--wire", options.wire, wires,
                  "output framing on streams and in files: lines (lf) or octet counting (octet, RFC 6587)")
      .value_name("FRAMING")
      .default_text("lf")
      .group(kGroup);
  cli::add_duration(line, "--connect-timeout", options.connect_timeout,
                    "try the next address when one does not answer for this time")
      .group(kGroup);
  cli::add_duration(
      line, "--timeout", options.timeout,
      "reconnect when the peer acknowledged nothing for this time, unless it is alive and does not read; 0: never "
      "(default: 10s, for RELP and logd 90s)")
      .group(kGroup);
  cli::add_duration(
      line, "--keepalive", options.keepalive,
      "send TCP keepalive probes when the peer was silent for this time; 0: never (default: as the system does)")
      .group(kGroup);
  cli::add_duration(
      line, "--idle-timeout", options.idle_timeout,
      "close a connection when there was nothing to send for this time, and open one for the next message; "
      "0: never")
      .default_text("never")
      .group(kGroup);
  cli::add_bytes(line, "--window", options.window, "keep at most this much that is not acknowledged", {1})
      .group(kGroup);
  cli::add_number(line, "--window-messages", options.window_messages,
                  "keep at most this many messages that are not acknowledged", 1)
      .group(kGroup);
  cli::add_number(line, "--relp-window", options.relp_window, "messages a RELP server may leave unanswered", 1)
      .group(kGroup);
  cli::add_parsed(
      line, "--on-reject", options.on_reject, parse_on_reject,
      "when a RELP or logd server rejects a message: stop; drop the message and report it; or push it into a "
      "buffer (dead-letter:BUFFER)")
      .value_name("WHAT")
      .default_text("stop")
      .group(kGroup);
  line.check([&options] { return check_keepalive(options); });
}

cli::Action declare(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  cli::declare_sink(line, context, options->sink);
  cli::declare_sink_retry(line, options->sink);
  line.add_texts("URL", options->addresses,
                 "tcp://HOST:PORT, tls://HOST:PORT, unix:PATH, relp://HOST:PORT, relps://HOST:PORT, "
                 "logd://HOST[:PORT] or logds://HOST[:PORT], several to try in order; or udp://HOST:PORT, "
                 "unixgram:PATH, or file:PATH with strftime conversions and %{FIELD}s of the message")
      .required();
  declare_connection(line, *options);
  declare_format(line, *options);
  cli::declare_tls(line, options->tls);
  return [options, context] { return run(*options, context); };
}

constexpr char kExamples[] =
    "logbuf peek -f q -- logsend relp://central:2514\n"
    "logsend relp://central:2514 < lines\n"
    "logsend --format rfc5424 --app backup tls://central:6514 < lines\n"
    "logsend --wire octet tcp://first:6514 tcp://second:6514 < lines\n"
    "logcat relp://:2514 -- logsend 'file:/var/log/%{hostname}/%Y/%m/%d.log'\n";

constexpr cli::Verb kVerbs[] = {{
    .name = "",
    .summary = "send messages to a destination, with receipts",
    .usage = "logsend [OPTION]... URL...",
    .examples = kExamples,
    .declare = declare,
}};

}  // namespace

int main(int argc, char** argv) {
  return cli::run({.name = "logsend",
                   .summary = "send messages to a destination, with receipts",
                   .verbs = kVerbs,
                   .plugin_name = logsend::plugin_name},
                  argc, argv);
}
