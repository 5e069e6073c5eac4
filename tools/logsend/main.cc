// logsend: messages on stdin to a destination.
// stdin: frames. stdout: receipts, with -r or in a hop; otherwise nothing.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/quote.h"
#include "cli/options.h"
#include "cli/tls_options.h"
#include "cli/tool.h"
#include "codec/format.h"
#include "tools/logsend/datagram_sink.h"
#include "tools/logsend/destination.h"
#include "tools/logsend/file_sink.h"
#include "tools/logsend/formatted.h"
#include "tools/logsend/relp_sink.h"
#include "tools/logsend/stream_sink.h"

namespace {

struct Options {
  cli::SinkOptions sink;
  std::vector<std::string> addresses;
  std::string wire = "lf";
  base::Duration connect_timeout = std::chrono::seconds(10);
  std::optional<base::Duration> timeout;
  base::Bytes window{8 << 20};
  std::uint64_t window_messages = 65536;
  std::uint64_t relp_window = 128;
  bool drop_rejected = false;
  net::TlsOptions tls;
  std::optional<codec::Format> format;
  logsend::Defaults defaults;
};

// A sink and what its receipts mean.
struct Opened {
  std::unique_ptr<stream::Sink> sink;
  stream::Strength strength;
};

base::Result<Opened> open_stream(event::Loop& loop, logsend::Destination destination, const Options& options,
                                 std::shared_ptr<net::TlsContext> tls, const cli::Context& context) {
  logsend::StreamOptions stream{
      .wire = options.wire == "octet" ? stream::Framing::octet : stream::Framing::line,
      .connect_timeout = options.connect_timeout,
      .drain_time = options.sink.pump.drain_time,
      .window = options.window,
      .window_messages = static_cast<std::size_t>(options.window_messages),
      .seed = std::random_device()(),
      .tls = std::move(tls),
  };
  stream.timeout = options.timeout.value_or(stream.timeout);
  return Opened{TRY(logsend::StreamSink::open(loop, std::move(destination.urls), stream, context.report)),
                stream::Strength::sent};
}

base::Result<Opened> open_relp(event::Loop& loop, logsend::Destination destination, const Options& options,
                               std::shared_ptr<net::TlsContext> tls, const cli::Context& context) {
  logsend::RelpOptions relp{
      .relp_window = static_cast<std::size_t>(options.relp_window),
      .connect_timeout = options.connect_timeout,
      .drain_time = options.sink.pump.drain_time,
      .window = options.window,
      .window_messages = static_cast<std::size_t>(options.window_messages),
      .seed = std::random_device()(),
      .tls = std::move(tls),
  };
  relp.timeout = options.timeout.value_or(relp.timeout);
  if (options.drop_rejected)
    relp.on_reject =
        [report = context.report](const codec::RelpRejection& rejection) -> base::Result<codec::RelpClient::Verdict> {
      report(base::Level::error, "the server rejected " + base::quote(rejection.message) + " (" +
                                     base::quote(rejection.reason) + "); it is dropped");
      return codec::RelpClient::Verdict::settled;
    };
  return Opened{logsend::RelpSink::open(loop, std::move(destination.urls), std::move(relp), context.report),
                stream::Strength::peer};
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
      return open_relp(loop, std::move(destination), options, std::move(tls), context);
    case logsend::Kind::datagram:
      return Opened{TRY(logsend::DatagramSink::open(
                        loop, std::move(destination.urls.front()),
                        {.drain_time = options.sink.pump.drain_time, .seed = std::random_device()()}, context.report)),
                    stream::Strength::sent};
    case logsend::Kind::file:
      break;
  }
  auto file =
      TRY(logsend::FileSink::open({.pattern = std::move(destination.file),
                                   .wire = options.wire == "octet" ? stream::Framing::octet : stream::Framing::line}));
  const stream::Strength strength = file->strength();
  return Opened{std::move(file), strength};
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  auto destination = TRY(logsend::parse_destination(options.addresses));
  auto loop = TRY(event::Loop::create());
  const Opened opened = TRY(open_sink(loop, std::move(destination), options, context));
  auto input = TRY(stream::Input::open(loop, options.sink.input, context.invitation, context.report));
  TRY(input->greet({.strength = opened.strength, .last = {}}));
  if (!options.format) return cli::pump(loop, *input, *opened.sink, options.sink, context);
  const auto formatted = TRY(logsend::Formatted::open(*input, *options.format, options.defaults));
  return cli::pump(loop, *formatted, *opened.sink, options.sink, context);
}

void declare_format(CLI::App& app, Options& options) {
  constexpr char kGroup[] = "Messages";
  app.add_option_function<std::string>(
         "--format",
         [&options](const std::string& text) {
           auto format = codec::Format::compile(text);
           if (!format) throw CLI::ValidationError("--format", format.error().why);
           options.format = std::move(*format);
         },
         "send events as rfc5424, rfc3164, json, raw or by a template; lines that are none are wrapped")
      ->type_name("FORMAT")
      ->default_str("as they come")
      ->group(kGroup);
  const auto add = [&app, kGroup](const std::string& name, std::string& value, const std::string& type,
                                  const std::string& help) {
    CLI::Option* option = app.add_option(name, value, help)->type_name(type)->group(kGroup);
    if (!value.empty()) option->capture_default_str();
    option->needs("--format");
  };
  add("--pri", options.defaults.priority, "PRIORITY", "FACILITY.SEVERITY of messages that have none");
  add("--host", options.defaults.hostname, "NAME", "host name of messages that have none (default: this host's)");
  add("--app", options.defaults.appname, "NAME", "application of messages that have none (default: the user's name)");
  add("--procid", options.defaults.procid, "ID", "process id of messages that have none");
  add("--msgid", options.defaults.msgid, "ID", "message type of messages that have none");
  add("--sd", options.defaults.structured_data, "DATA",
      "structured data of messages that have none: [id name=\"value\"]");
}

cli::Action declare(CLI::App& app, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  cli::declare_sink(app, context, options->sink);
  app.add_option(
         "URL", options->addresses,
         "tcp://HOST:PORT, tls://HOST:PORT, unix:PATH, relp://HOST:PORT or relps://HOST:PORT, several to try in "
         "order; or udp://HOST:PORT, unixgram:PATH, or file:PATH with strftime conversions")
      ->required();
  constexpr char kConnection[] = "Connection";
  app.add_option("--wire", options->wire, "on streams and in files: lines (lf) or octet counting (octet, RFC 6587)")
      ->check(CLI::IsMember({"lf", "octet"}))
      ->type_name("FRAMING")
      ->capture_default_str()
      ->group(kConnection);
  cli::add_duration(app, "--connect-timeout", options->connect_timeout, "give up on an address after this time")
      ->group(kConnection);
  cli::add_duration(app, "--timeout", options->timeout,
                    "reconnect when the peer acknowledged nothing for so long (one that is busy is waited for); 0: "
                    "never (default: 10s, for RELP 90s)")
      ->group(kConnection);
  cli::add_bytes(app, "--window", options->window, "keep at most so much that is not acknowledged")->group(kConnection);
  cli::add_number(app, "--window-messages", options->window_messages,
                  "keep at most so many messages that are not acknowledged")
      ->group(kConnection);
  cli::add_number(app, "--relp-window", options->relp_window, "messages a RELP server may leave unanswered")
      ->group(kConnection);
  app.add_option_function<std::string>(
         "--on-reject", [options = options.get()](const std::string& what) { options->drop_rejected = what == "drop"; },
         "when a RELP server answers 500: stop, or drop the message and say so")
      ->check(CLI::IsMember({"stop", "drop"}))
      ->type_name("WHAT")
      ->default_str("stop")
      ->group(kConnection);
  declare_format(app, *options);
  cli::declare_tls(app, options->tls);
  app.callback([options = options.get()] {
    const auto positive = [](const char* name, std::uint64_t value) {
      if (value == 0) throw CLI::ValidationError(name, "'0' is not a number from 1 on");
    };
    positive("--window", options->window.count);
    positive("--window-messages", options->window_messages);
    positive("--relp-window", options->relp_window);
  });
  return [options, context] { return run(*options, context); };
}

constexpr char kExamples[] =
    "logbuf peek -f q -- logsend relp://central:2514\n"
    "logsend --format rfc5424 --app backup tls://central:6514 < lines\n"
    "logsend --wire octet tcp://first:6514 tcp://second:6514 < lines\n"
    "logcat tcp://:6514 -- logsend 'file:/var/log/app-%Y%m%d.log'\n";

constexpr cli::Verb kVerbs[] = {{
    .name = "",
    .summary = "send messages to a destination, with proof of delivery",
    .usage = "logsend [OPTION]... URL...",
    .examples = kExamples,
    .declare = declare,
}};

// A scheme that is not built in is another program's (logpipe(7), ADDRESSES), which takes over this process with the
// same arguments: some of them may be options that only it knows. Returns when there is none.
void become_plugin(char** argv) {
  for (char** argument = argv + 1; *argument != nullptr; ++argument)
    if (const auto plugin = logsend::plugin_name(*argument)) ::execvp(plugin->c_str(), argv);
}

}  // namespace

int main(int argc, char** argv) {
  become_plugin(argv);
  return cli::run({.name = "logsend", .summary = "sends messages to a destination", .verbs = kVerbs}, argc, argv);
}
