// logsend: messages on stdin to a destination.
// stdin: frames. stdout: receipts, with -r or in a hop; otherwise nothing.
#include <memory>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/tls_options.h"
#include "cli/tool.h"
#include "rules/processed.h"
#include "stream/reach.h"
#include "tools/logsend/destination.h"
#include "tools/logsend/endpoints.h"

namespace {

struct Options {
  std::vector<std::string> addresses;
  logsend::SharedOptions shared;
  net::TlsOptions tls;
  std::vector<logsend::Open> open;  // by their place in the table
};

base::Result<logsend::Opened> open(event::Loop& loop, const Options& options, const cli::Context& context) {
  logsend::Destination destination = TRY(logsend::parse_destination(options.addresses));
  logsend::SharedOptions shared = options.shared;
  for (net::Url& url : destination.urls) url.public_only = shared.public_only;
  shared.tls_files = options.tls;
  if (logsend::endpoints().use_tls(destination.urls))
    shared.tls = TRY(net::TlsContext::create(net::TlsRole::client, options.tls, context.report));
  return options.open[destination.kind](loop, destination.urls, shared, context);
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  const cli::SinkOptions& sink = options.shared.sink;
  auto loop = TRY(event::Loop::create());
  const logsend::Opened opened = TRY(open(loop, options, context));
  if (opened.processes && options.shared.events.processor.threads != 1)
    return cli::reject("--threads", "is not for this destination, which takes events one by one");
  if (opened.processes && options.shared.events.processor.merges())
    return base::fail(
        base::Kind::usage, "--rules",
        "this destination cannot merge messages; merge them before: 'logcat --rules FILE -- logsend URL'");
  auto input = TRY(stream::Input::open(loop, sink.input, context.invitation, context.report));
  if (context.invitation && context.invitation->retry_time)
    TRY(stream::await_reach(loop, *opened.sink, *sink.pump.retry_time));
  TRY(input->greet({.strength = opened.strength, .last = {}}));
  const logsend::EventOptions& events = options.shared.events;
  if (opened.processes) return cli::pump(loop, *input, *opened.sink, sink, context);
  const auto make = [&events](rules::ProcessorOptions chosen) { return make_processor(events, std::move(chosen)); };
  const auto source = TRY(rules::processed(loop, std::move(input), events.processor, context.report, nullptr, make));
  return cli::pump(loop, *source, *opened.sink, sink, context);
}

cli::Action declare(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  logsend::SharedOptions& shared = options->shared;
  cli::declare_sink(line, context, shared.sink);
  cli::declare_sink_retry(line, shared.sink);
  line.add_texts("URL", options->addresses,
                 "where to send messages to; some kinds take several, to try in order; @FILE: as this file says")
      .required();
  line.check([options] { return logsend::read_addresses(options->addresses); });
  logsend::declare_shared(line, shared);
  for (const logsend::Endpoint* endpoint : logsend::all_endpoints()) options->open.push_back(endpoint->declare(line));
  logsend::declare_events(line, shared.events, options->addresses);
  cli::declare_tls(line, options->tls);
  logsend::endpoints().declare(line, "Destinations", options->addresses);
  return [options, context] { return run(*options, context); };
}

constexpr char kExamples[] =
    "logbuf peek -f q -- logsend relp://central:2514\n"
    "logsend relp://central:2514 < lines\n"
    "logsend --format rfc5424 --app backup tls://central:6514 < lines\n"
    "logsend --wire octet tcp://first:6514 tcp://second:6514 < lines\n"
    "logcat relp://:2514 -- logsend 'file:/var/log/%{hostname}/%Y/%m/%d.log'\n"
    "logbuf peek -f q -- logsend https://central.example/logs\n";

constexpr cli::Verb kVerbs[] = {{
    .name = "",
    .summary = "send messages to a destination, with receipts",
    .usage = "logsend [OPTION]... URL...",
    .examples = kExamples,
    .declare = declare,
}};

}  // namespace

int main(int argc, char** argv) {
  return cli::run(
      {.name = "logsend",
       .summary = "send messages to a destination, with receipts",
       .verbs = kVerbs,
       .plugin_name =
           [](std::string_view address) { return logsend::endpoints().plugin(logsend::first_address(address)); }},
      argc, argv);
}
