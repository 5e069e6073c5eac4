#include "tools/logsend/on_reject.h"

#include "base/quote.h"
#include "cli/plugin.h"

namespace logsend {
namespace {

base::Result<std::unique_ptr<stream::Sink>> keep_rejected(event::Loop& loop,
                                                          const DeadLetterSink::OpenSender& open_sender,
                                                          const SharedOptions& options, const base::Report& report) {
  return TRY(DeadLetterSink::open(loop, open_sender,
                                  {.command = {cli::sibling("logbuf"), "push", "--", options.on_reject.buffer},
                                   .window = options.window,
                                   .window_messages = static_cast<std::size_t>(options.window_messages)},
                                  report));
}

// Of an empty message there is nothing to be told; the sink counts them.
codec::Reject drop_rejected(const base::Report& report) {
  return [report](const codec::Rejection& rejection) -> base::Result<codec::Settlement> {
    if (!rejection.message.empty())
      report(base::Level::error, "the server rejected " + base::quote(rejection.message) + " (" +
                                     base::quote(rejection.reason) + "); it is dropped");
    return codec::Settlement::settled;
  };
}

}  // namespace

base::Result<Opened> open_rejecting(event::Loop& loop, const DeadLetterSink::OpenSender& open_sender,
                                    const SharedOptions& options, const base::Report& report) {
  if (!options.on_reject.buffer.empty())
    return Opened{TRY(keep_rejected(loop, open_sender, options, report)), stream::Strength::peer};
  auto sender = TRY(open_sender(options.on_reject.drop ? drop_rejected(report) : codec::Reject()));
  return Opened{std::move(sender), stream::Strength::peer};
}

}  // namespace logsend
