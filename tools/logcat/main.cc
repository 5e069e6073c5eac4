// logcat: messages from stdin, files or listeners.
// stdin: messages, where no other source is named. stdout: frames; with "-- SINK" nothing.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/options.h"
#include "cli/tls_options.h"
#include "cli/tool.h"
#include "net/tls.h"
#include "rules/event_options.h"
#include "rules/processed.h"
#include "stream/output.h"
#include "tools/logcat/endpoints.h"
#include "tools/logcat/merged.h"
#include "tools/logcat/numbered.h"

namespace {

// What was cut when it came in may have grown by --format; a sink that refused it would get it again for ever.
constexpr std::size_t kLongestMessage = std::size_t{1} << 30;

struct Options {
  cli::SourceOptions source;
  std::vector<std::string> addresses;
  logcat::SharedOptions shared;
  std::vector<logcat::Open> open;  // of each kind of endpoint
  net::TlsOptions tls;
  rules::ProcessorOptions events;
  bool print_address = false;
};

using SourcePtr = std::unique_ptr<stream::Source>;
using Urls = std::vector<std::vector<net::Url>>;  // of each kind of endpoint

base::Result<void> prepare_listening(const Urls& urls, Options& options, const cli::Context& context) {
  std::vector<net::Url> listeners;
  for (std::size_t i = 0; i < urls.size(); ++i)
    if (logcat::all_endpoints()[i]->listens) listeners.insert(listeners.end(), urls[i].begin(), urls[i].end());
  if (logcat::endpoints().use_tls(listeners))
    options.shared.tls = TRY(net::TlsContext::create(net::TlsRole::server, options.tls, context.report));
  return listeners.empty() ? base::Result<void>() : context.sockets->check(listeners);
}

base::Result<std::vector<logcat::Opened>> open_sources(event::Loop& loop, const Urls& urls, const Options& options,
                                                       const cli::Context& context) {
  std::vector<logcat::Opened> opened;
  for (std::size_t i = 0; i < urls.size(); ++i)
    if (!urls[i].empty()) opened.push_back(TRY(options.open[i](loop, urls[i], options.shared, context)));
  return opened;
}

void print_addresses(const std::vector<logcat::Opened>& sources, const cli::Context& context) {
  for (const logcat::Opened& opened : sources)
    if (opened.senders != nullptr)
      for (const std::string& address : opened.senders->addresses())
        context.report(base::Level::note, "listening on " + address);
}

// What is done to messages is done source by source, which knows where its messages come from.
SourcePtr merged(std::vector<logcat::Opened> all, const Options& options, const cli::Context& context) {
  std::vector<SourcePtr> sources;
  sources.reserve(all.size());
  for (logcat::Opened& opened : all)
    sources.push_back(rules::processed(std::move(opened.source), options.events, context.report, opened.senders));
  SourcePtr source =
      sources.size() == 1 ? std::move(sources.front()) : std::make_unique<logcat::Merged>(std::move(sources));
  if (!options.source.output.needs_ids()) return source;
  return std::make_unique<logcat::Numbered>(std::move(source));
}

base::Result<int> run(Options& options, const cli::Context& context) {
  const Urls urls = TRY(logcat::parse_sources(options.addresses));
  auto loop = TRY(event::Loop::create());
  stream::OutputOptions& output = options.source.output;
  options.shared.max_message = output.max_message;
  options.shared.peers = !options.events.nothing();
  TRY(prepare_listening(urls, options, context));
  auto opened = TRY(open_sources(loop, urls, options, context));
  if (options.print_address) print_addresses(opened, context);

  const auto failure = opened.front().failure;  // what ends by itself stands alone
  output.one_shot = opened.front().one_shot;
  output.filter.max_message = std::exchange(output.max_message, kLongestMessage);
  const SourcePtr source = merged(std::move(opened), options, context);
  const auto sink = TRY(stream::open_output(loop, output, context.report));
  const int status = TRY(cli::pump(loop, *source, *sink, options.source, context));
  const std::optional<base::Kind> failed = failure ? failure() : std::nullopt;
  return status == 0 && failed ? cli::exit_status(*failed) : status;
}

cli::Action declare(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  line.add_texts("SOURCE", options->addresses, "where messages come from: files, stdin (the default), or listeners");
  cli::declare_source(line, context, options->source);
  cli::declare_max_message(line, options->source.output.max_message);
  logcat::declare_shared(line, options->shared);
  for (const logcat::Endpoint* endpoint : logcat::all_endpoints()) options->open.push_back(endpoint->declare(line));
  line.add_flag("--print-address", options->print_address, "report each listener's address on stderr once it is open")
      .group("Listening");
  cli::declare_tls(line, options->tls);
  rules::declare_events(line, options->events, {.peers = true});
  logcat::endpoints().declare(line, "Sources", options->addresses);
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
                   .plugin_name = [](std::string_view address) { return logcat::endpoints().plugin(address); }},
                  argc, argv);
}
