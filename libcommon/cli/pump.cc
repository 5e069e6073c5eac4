#include <unistd.h>

#include "cli/diagnostics.h"
#include "cli/options.h"
#include "cli/progress.h"

namespace cli {
namespace {

// By itself only where it disturbs nothing: not among messages on the same terminal, and not from both ends of a hop.
bool wants_progress(bool asked, bool refused, const Context& context) {
  if (refused || !context.diagnostics) return false;
  return asked || (::isatty(STDERR_FILENO) != 0 && ::isatty(STDOUT_FILENO) == 0 && !context.invitation);
}

base::Result<int> status_of(const stream::PumpResult& result) {
  const std::uint64_t missing = result.totals.messages - result.totals.safe;
  if (result.complete || (result.stopped && missing == 0)) return 0;
  return base::fail(
      base::Kind::temporary, "deliver messages",
      std::to_string(missing) + " of " + std::to_string(result.totals.messages) + " are not confirmed; run again");
}

base::Result<int> run_pump(event::Loop& loop, stream::Source& source, stream::Sink& sink, stream::PumpOptions options,
                           bool show_progress, const Context& context) {
  Progress progress(base::now());
  if (show_progress)
    options.progress = [&progress, &context](const stream::Totals& totals) {
      if (const auto line = progress.update(totals, base::now())) context.diagnostics->show_progress(*line);
    };
  const auto result = stream::pump(loop, source, sink, options, context.report);
  if (show_progress) context.diagnostics->show_progress("");
  if (!result) return tl::unexpected(result.error());
  return status_of(*result);
}

}  // namespace

base::Result<int> pump(event::Loop& loop, stream::Source& source, stream::Sink& sink, const SourceOptions& options,
                       const Context& context) {
  return run_pump(loop, source, sink, options.pump, wants_progress(options.progress, options.no_progress, context),
                  context);
}

base::Result<int> pump(event::Loop& loop, stream::Source& source, stream::Sink& sink, const SinkOptions& options,
                       const Context& context) {
  return run_pump(loop, source, sink, options.pump, wants_progress(options.progress, options.no_progress, context),
                  context);
}

}  // namespace cli
