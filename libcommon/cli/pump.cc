#include <unistd.h>

#include "cli/diagnostics.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "event/notify.h"

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

// Nothing, where nobody wants to know; that nobody can be told is no reason not to work.
std::unique_ptr<event::Notifier> notifier_of(event::Loop& loop, const Context& context) {
  if (context.notify.socket.empty()) return nullptr;
  auto notifier = event::Notifier::open(loop, context.notify, context.report);
  if (notifier) return std::move(*notifier);
  context.report(base::Level::warning, notifier.error().text());
  return nullptr;
}

void tell(event::Notifier& notifier, stream::Phase phase) {
  switch (phase) {
    case stream::Phase::ready:
      return notifier.ready();
    case stream::Phase::reloading:
      return notifier.reloading();
    case stream::Phase::stopping:
      return notifier.stopping();
  }
}

base::Result<int> run_pump(event::Loop& loop, stream::Source& source, stream::Sink& sink, stream::PumpOptions options,
                           bool show_progress, const Context& context) {
  Progress progress(base::now());
  if (show_progress)
    options.progress = [&progress, &context](const stream::Totals& totals) {
      if (const auto line = progress.update(totals, base::now())) context.diagnostics->show_progress(*line);
    };
  const auto notifier = notifier_of(loop, context);
  if (notifier) {
    options.phase = [&notifier](stream::Phase phase) { tell(*notifier, phase); };
    options.state = [&notifier](const std::string& state) { notifier->status(redact(state)); };
  }
  for (const std::string& socket : context.sockets->untaken())
    context.report(base::Level::warning, "inherited socket " + socket + " is not used: no source is for it");
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
