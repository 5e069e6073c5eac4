#include "stream/output.h"

#include "stream/batch_command.h"
#include "stream/fallback.h"
#include "stream/fan_out.h"
#include "stream/filter.h"
#include "stream/hop.h"
#include "stream/pipeline.h"
#include "stream/stdout_sink.h"

namespace stream {
namespace {

constexpr base::Duration kOneShotRetryTime = std::chrono::seconds(30);

base::Result<void> check(const OutputOptions& options) {
  const bool falls_back = !options.fallback.empty();
  const bool needs_command = options.plain || options.batch > 0 || falls_back;
  if (options.plain && options.batch > 0)
    return base::fail(base::Kind::usage, "use --plain with --batch", "a command is run in one way or the other");
  if (falls_back && (options.plain || options.batch > 0))
    return base::fail(base::Kind::usage, "use --fallback",
                      "it is for hops with a handshake, without --plain and --batch");
  if (options.command.empty() && (falls_back || (needs_command && options.to.empty())))
    return base::fail(base::Kind::usage,
                      falls_back      ? "use --fallback"
                      : options.plain ? "use --plain"
                                      : "use --batch",
                      "there is no command; put -- COMMAND at the end");
  if (!options.to.empty() && !options.filter.commands.empty())
    return base::fail(base::Kind::usage, "use --filter with --to", "what a filter writes is for no sink in particular");
  if (options.format.ids && !options.filter.commands.empty())
    return base::fail(base::Kind::usage, "use --ids with --filter", "what a filter writes has no ids of the source");
  return {};
}

void warn_of_pipeline(const std::string& what, const std::vector<std::string>& command, const base::Report& report) {
  if (!hides_failures(command)) return;
  report(base::Level::warning, what + " '" + command_text(command) +
                                   "': its exit status is that of the pipe's last part, so that a death of the others "
                                   "looks like success; use --filter for each, or bash -o pipefail -c");
}

base::Result<std::unique_ptr<Sink>> open_command(event::Loop& loop, OutputOptions options, base::Report report) {
  if (options.command.empty()) return TRY(StdoutSink::open(loop, options.format));
  if (options.one_shot && !options.retry_time)
    options.retry_time = options.batch > 0 ? base::Duration::zero() : kOneShotRetryTime;
  if (options.batch > 0) {
    if (options.upstream) TRY(find_command(options.command));  // a mistake shows before the source is answered
    warn_of_pipeline("batch command", options.command, report);
    return TRY(BatchCommand::open(loop, std::move(options), std::move(report)));
  }
  if (!options.fallback.empty()) return TRY(Fallback::start(loop, std::move(options), std::move(report)));
  return TRY(Hop::start(loop, std::move(options), std::move(report)));
}

// The last filter stands before the sink. What the first one writes are batches already, which the next ones take as
// they come.
base::Result<std::unique_ptr<Sink>> put_filters(event::Loop& loop, const OutputOptions& options,
                                                std::unique_ptr<Sink> sink, const base::Report& report) {
  const auto& commands = options.filter.commands;
  for (std::size_t i = commands.size(); i-- > 0;) {
    warn_of_pipeline("filter", commands[i], report);
    OutputOptions one = options;
    one.command = commands[i];
    if (i > 0) one.filter.time = base::Duration::zero();
    if (one.one_shot && !one.retry_time) one.retry_time = base::Duration::zero();
    sink = TRY(Filter::open(loop, one, std::move(sink), report));
  }
  return sink;
}

}  // namespace

PrefetchOptions OutputOptions::prefetch(std::optional<std::uint64_t> fixed) const {
  constexpr std::uint64_t kFiltered = 2000;  // a batch for a filter that is not full goes by itself
  PrefetchOptions prefetch{.fixed = fixed};
  if (batch > 0) prefetch.least = prefetch.most_unproven = 2 * batch;
  if (!filter.commands.empty()) {
    prefetch.least = std::max(prefetch.least, std::min<std::uint64_t>(2 * filter.batch, kFiltered));
    prefetch.most_unproven = std::max(prefetch.most_unproven, prefetch.least);
  }
  if (plain) prefetch.most_unproven = window_messages;
  return prefetch;
}

base::Result<std::unique_ptr<Sink>> open_output(event::Loop& loop, OutputOptions options, base::Report report) {
  TRY(check(options));
  for (const auto& command : options.filter.commands) TRY(find_command(command));
  if (!options.passes_origin()) options.origin.clear();
  if (!options.to.empty()) {
    const auto open_one = [&loop, &report](OutputOptions one) { return open_command(loop, std::move(one), report); };
    return TRY(FanOut::open(std::move(options), open_one));
  }
  auto sink = TRY(open_command(loop, options, report));
  return put_filters(loop, options, std::move(sink), report);
}

}  // namespace stream
