// logcat: messages from stdin, files or listeners.
// stdin: messages, where no other source is named. stdout: frames; with "-- SINK" nothing.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "cli/tls_options.h"
#include "cli/tool.h"
#include "net/tls.h"
#include "rules/event_options.h"
#include "rules/processed.h"
#include "stream/outlet.h"
#include "tools/logcat/datagrams.h"
#include "tools/logcat/files.h"
#include "tools/logcat/listener.h"
#include "tools/logcat/merged.h"
#include "tools/logcat/numbered.h"
#include "tools/logcat/relp_source.h"
#include "tools/logcat/sources.h"

namespace {

// What was cut when it came in may have grown by --format; a sink that refused it would get it again for ever.
constexpr std::size_t kLongestMessage = std::size_t{1} << 30;

struct Options {
  cli::SourceOptions source;
  std::vector<std::string> addresses;
  std::optional<stream::Framing> input_framing;
  std::uint64_t max_connections = 1000;
  base::Duration idle_timeout = base::Duration::zero();
  base::Bytes receive_buffer{8 << 20};
  net::TlsOptions tls;
  rules::ProcessorOptions events;
  bool print_address = false;
};

using SourcePtr = std::unique_ptr<stream::Source>;
using Listeners = std::vector<std::unique_ptr<net::ListeningSource>>;

base::Result<std::shared_ptr<net::TlsContext>> open_tls(const logcat::Sources& sources, const Options& options,
                                                        const cli::Context& context) {
  if (sources.needs_tls()) return net::TlsContext::create(net::TlsRole::server, options.tls, context.report);
  if (options.tls.empty()) return nullptr;
  return base::fail(base::Kind::usage, "set up TLS", "--tls options were given, but no listener uses TLS");
}

base::Result<Listeners> open_listeners(event::Loop& loop, const logcat::Sources& sources, const Options& options,
                                       const cli::Context& context) {
  const auto tls = TRY(open_tls(sources, options, context));
  const bool peers = !options.events.nothing();
  const auto connections = static_cast<std::size_t>(options.max_connections);
  const std::size_t max_message = options.source.outlet.max_message;
  TRY(context.sockets->check(sources.listeners()));
  Listeners listeners;
  if (!sources.streams.empty())
    listeners.push_back(TRY(logcat::Listener::open(loop, sources.streams,
                                                   {.framing = options.input_framing,
                                                    .max_message = max_message,
                                                    .max_connections = connections,
                                                    .idle_timeout = options.idle_timeout,
                                                    .tls = tls,
                                                    .peers = peers,
                                                    .sockets = context.sockets},
                                                   context.report)));
  if (!sources.datagrams.empty())
    listeners.push_back(TRY(
        logcat::Datagrams::open(loop, sources.datagrams, {options.receive_buffer, context.sockets}, context.report)));
  for (const auto* urls : {&sources.relp, &sources.relps})
    if (!urls->empty())
      listeners.push_back(TRY(logcat::RelpSource::open(loop, *urls,
                                                       {.max_message = max_message,
                                                        .max_connections = connections,
                                                        .idle_timeout = options.idle_timeout,
                                                        .tls = urls == &sources.relps ? tls : nullptr,
                                                        .peers = peers,
                                                        .sockets = context.sockets},
                                                       context.report)));
  return listeners;
}

// What is done to messages is done listener by listener, which knows where its messages come from.
base::Result<SourcePtr> listen(event::Loop& loop, const logcat::Sources& sources, const Options& options,
                               const cli::Context& context) {
  std::vector<SourcePtr> listening;
  for (auto& listener : TRY(open_listeners(loop, sources, options, context))) {
    if (options.print_address)
      for (const std::string& address : listener->addresses())
        context.report(base::Level::note, "listening on " + address);
    net::ListeningSource* const senders = listener.get();
    listening.push_back(rules::processed(std::move(listener), options.events, context.report, senders));
  }
  if (listening.size() == 1) return std::move(listening.front());
  return std::make_unique<logcat::Merged>(std::move(listening));
}

base::Result<int> pump(event::Loop& loop, SourcePtr& source, const Options& options, const cli::Context& context) {
  stream::OutletOptions outlet = options.source.outlet;
  outlet.filter.max_message = outlet.max_message;
  outlet.max_message = kLongestMessage;
  auto sink = TRY(stream::open_outlet(loop, outlet, context.report));
  if (outlet.needs_ids()) source = std::make_unique<logcat::Numbered>(std::move(source));
  return cli::pump(loop, *source, *sink, options.source, context);
}

base::Result<int> read_files(event::Loop& loop, std::vector<net::Url> urls, const Options& options,
                             const cli::Context& context) {
  const logcat::FileOptions file{.framing = options.input_framing.value_or(stream::Framing::line),
                                 .max_message = options.source.outlet.max_message};
  auto files = std::make_unique<logcat::Files>(loop, std::move(urls), file, context.report);
  const logcat::Files& read = *files;
  SourcePtr source = rules::processed(std::move(files), options.events, context.report);
  const int status = TRY(pump(loop, source, options, context));
  return status == 0 && read.failure() ? cli::exit_status(*read.failure()) : status;
}

base::Result<int> run(Options& options, const cli::Context& context) {
  auto sources = TRY(logcat::parse_sources(options.addresses));
  auto loop = TRY(event::Loop::create());
  options.source.outlet.one_shot = sources.one_shot();
  if (!sources.listens()) return read_files(loop, std::move(sources.files), options, context);
  SourcePtr source = TRY(listen(loop, sources, options, context));
  return pump(loop, source, options, context);
}

cli::Action declare(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  line.add_texts("SOURCE", options->addresses,
                 "files, read in order, gzip and zstd decompressed; - for stdin; or listeners: relp://[HOST]:PORT "
                 "(loopback without HOST), relps://, tcp://, tls://, udp://, unix:PATH, unixgram:PATH");
  cli::declare_source(line, context, options->source);
  cli::declare_max_message(line, options->source.outlet.max_message);
  const cli::Choices<std::optional<stream::Framing>> framings{{"auto", std::nullopt},
                                                              {"line", stream::Framing::line},
                                                              {"nul", stream::Framing::nul},
                                                              {"octet", stream::Framing::octet}};
  cli::add_choice(
      line, "--input-framing", options->input_framing, framings,
      "input framing: line, nul, octet; auto: lines in files, and on a connection each frame is recognised by how "
      "it starts")
      .value_name("FRAMING")
      .default_text("auto")
      .group("Frames");
  cli::add_number(line, "--max-connections", options->max_connections,
                  "accept at most N connections at a time; others wait", 1)
      .group("Listening");
  cli::add_duration(line, "--idle-timeout", options->idle_timeout,
                    "close connections on which nothing was received for this time; 0: never")
      .group("Listening");
  cli::add_bytes(line, "--rcvbuf", options->receive_buffer, "receive buffer size for udp and unixgram")
      .group("Listening");
  line.add_flag("--print-address", options->print_address, "report each listener's address on stderr once it is open")
      .group("Listening");
  cli::declare_tls(line, options->tls);
  rules::declare_events(line, options->events, {.peers = true});
  return [options, &context] { return run(*options, context); };
}

constexpr char kExamples[] =
    "logcat relp://:2514 -- logbuf push /var/lib/logbuf/q\n"
    "logcat tcp://:6514 udp://:514 --format json -- logbuf push /var/lib/logbuf/q\n"
    "logcat --where 'severity <= err' --format '%{appname}: %{message}' syslog\n"
    "logcat /var/log/app.log.*.gz | grep ERROR\n"
    "logcat unix:/run/app.sock --batch 500 -- ./deliver\n";

constexpr cli::Verb kVerbs[] = {{
    .name = "",
    .summary = "read messages from files, stdin or listeners",
    .usage = "logcat [OPTION]... [SOURCE]... [-- SINK...]",
    .examples = kExamples,
    .declare = declare,
    .takes_command = true,
}};

}  // namespace

int main(int argc, char** argv) {
  return cli::run({.name = "logcat",
                   .summary = "read messages from files, stdin or listeners",
                   .verbs = kVerbs,
                   .plugin_name = logcat::plugin_name},
                  argc, argv);
}
