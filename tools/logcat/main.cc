// logcat: messages from stdin, files or listeners; or between a source and a sink.
// stdin: messages, where no other source is named; in a hop or with -r, frames with ids.
// stdout: frames; with "-- SINK" nothing, or in a hop and with -r, receipts.
#include <algorithm>
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
#include "tools/logcat/middle.h"
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
  bool input_ids = false;
};

using SourcePtr = std::unique_ptr<stream::Source>;
using Urls = std::vector<std::vector<net::Url>>;  // of each kind of endpoint

base::Result<void> prepare_listening(const Urls& urls, Options& options, const cli::Context& context) {
  std::vector<net::Url> listeners;
  options.shared.tls_files = options.tls;
  for (std::size_t i = 0; i < urls.size(); ++i)
    if (logcat::all_endpoints()[i]->listens && !logcat::all_endpoints()[i]->connects)
      listeners.insert(listeners.end(), urls[i].begin(), urls[i].end());
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
    for (const std::string& address : opened.senders != nullptr ? opened.senders->addresses() : opened.addresses)
      context.report(base::Level::note, "listening on " + address);
}

// What is done to messages is done source by source, which knows where its messages come from.
base::Result<SourcePtr> merged(event::Loop& loop, std::vector<logcat::Opened> all, const Options& options,
                               const cli::Context& context) {
  const bool has_ids = !all.front().origin.empty();
  std::vector<SourcePtr> sources;
  sources.reserve(all.size());
  for (logcat::Opened& opened : all)
    sources.push_back(
        TRY(rules::processed(loop, std::move(opened.source), options.events, context.report, opened.senders)));
  SourcePtr source =
      sources.size() == 1 ? std::move(sources.front()) : std::make_unique<logcat::Merged>(std::move(sources));
  if (!options.source.output.needs_ids() || has_ids) return source;
  return SourcePtr(std::make_unique<logcat::Numbered>(std::move(source)));
}

bool is_middle(const Options& options, const cli::Context& context) {
  return context.invitation || options.source.output.receipts || options.input_ids;
}

base::Result<void> check_middle(const Options& options, const cli::Context& context) {
  if (!is_middle(options, context)) return {};
  const bool in_hop = context.invitation.has_value();
  const bool has_sink = !context.command.empty();
  const std::string option = options.source.output.receipts ? "--receipts" : "--input-ids";
  if (!options.addresses.empty())
    return base::fail(
        base::Kind::usage, in_hop ? "read " + options.addresses.front() : option,
        "messages come from standard input " + std::string(in_hop ? "in a hop" : "then") + "; name no SOURCE");
  if (in_hop && !has_sink)
    return base::fail(base::Kind::usage, "pass messages on",
                      "in a hop standard output is for receipts; add '-- COMMAND'");
  if (in_hop || !options.source.output.receipts) return {};
  if (!options.source.output.format.ids) return base::fail(base::Kind::usage, "-r needs ids: add -i", "");
  if (has_sink) return {};
  return base::fail(base::Kind::usage, "--receipts",
                    "standard output cannot have both messages and receipts; add '-- COMMAND', or use --input-ids -i "
                    "to pass messages on with their ids");
}

base::Result<int> run_between(Options& options, const cli::Context& context) {
  const stream::InputOptions input{.format = {options.shared.framing.value_or(stream::Framing::line), true},
                                   .receipts = options.source.output.receipts,
                                   .max_message = options.source.output.max_message,
                                   .oversize = stream::Oversize::refuse};
  stream::OutputOptions& output = options.source.output;
  output.filter.max_message = std::exchange(output.max_message, kLongestMessage);
  if (output.receipts) output.format.ids = false;  // it was said of the input
  return logcat::run_middle(input, options.source, options.events, context);
}

base::Result<int> run(Options& options, const cli::Context& context) {
  if (is_middle(options, context)) return run_between(options, context);
  const Urls urls = TRY(logcat::parse_sources(options.addresses));
  auto loop = TRY(event::Loop::create());
  stream::OutputOptions& output = options.source.output;
  options.shared.max_message = output.max_message;
  options.shared.peers = !options.events.nothing();
  options.shared.exact = output.passes_origin() && !options.events.merges() &&
                         std::ranges::count_if(urls, [](const auto& of_kind) { return !of_kind.empty(); }) == 1;
  TRY(prepare_listening(urls, options, context));
  auto opened = TRY(open_sources(loop, urls, options, context));
  if (options.print_address) print_addresses(opened, context);

  const auto failure = opened.front().failure;  // what ends by itself stands alone
  output.one_shot = opened.front().one_shot;
  output.origin = opened.front().origin;
  output.renew_origin = opened.front().renew_origin;
  output.on_greeting = opened.front().on_greeting;
  output.filter.max_message = std::exchange(output.max_message, kLongestMessage);
  const SourcePtr source = TRY(merged(loop, std::move(opened), options, context));
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
  line.add_flag("--input-ids", options->input_ids, "read an id and a TAB before each message of standard input")
      .group("Frames");
  line.add_flag("-r,--receipts", options->source.output.receipts,
                "stand in the middle of a pipe: read ids, and write receipts, the ids of safe messages, to stdout; "
                "needs -i and a command")
      .group("Frames");
  logcat::declare_shared(line, options->shared);
  for (const logcat::Endpoint* endpoint : logcat::all_endpoints()) options->open.push_back(endpoint->declare(line));
  line.add_flag("--print-address", options->print_address, "report each listener's address on stderr once it is open")
      .group("Listening");
  cli::declare_tls(line, options->tls);
  cli::declare_sinks(line, options->source.output);
  rules::declare_events(line, options->events, {.peers = true, .output = &options->source.output});
  logcat::endpoints().declare(line, "Sources", options->addresses);
  line.check([options, &context] { return check_middle(*options, context); });
  return [options, &context] { return run(*options, context); };
}

constexpr char kExamples[] =
    "logcat relp://:2514 -- logbuf push /var/lib/logbuf/q\n"
    "logcat tcp://:6514 udp://:514 --format json -- logbuf push /var/lib/logbuf/q\n"
    "logcat --where 'severity <= err' --format '%{appname}: %{message}' syslog\n"
    "logcat /var/log/app.log.*.gz | grep ERROR\n"
    "logcat unix:/run/app.sock --batch 500 -- ./deliver\n"
    "logbuf peek -f raw -- logcat --where 'severity <= err' -- logbuf push errors\n";

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
