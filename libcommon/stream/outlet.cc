#include "stream/outlet.h"

#include "stream/batch_command.h"
#include "stream/fallback.h"
#include "stream/hop.h"
#include "stream/stdout_sink.h"

namespace stream {
namespace {

constexpr base::Duration kOneShotRetryTime = std::chrono::seconds(30);

}  // namespace

base::Result<std::unique_ptr<Sink>> open_outlet(event::Loop& loop, OutletOptions options, base::Report report) {
  const bool falls_back = !options.fallback.empty();
  const bool needs_command = options.plain || options.batch > 0 || falls_back;
  if (options.plain && options.batch > 0)
    return base::fail(base::Kind::usage, "use --plain with --batch", "a command is run in one way or the other");
  if (falls_back && (options.plain || options.batch > 0))
    return base::fail(base::Kind::usage, "use --fallback",
                      "it is for hops with a handshake, without --plain and --batch");
  if (options.command.empty() && needs_command)
    return base::fail(base::Kind::usage,
                      falls_back      ? "use --fallback"
                      : options.plain ? "use --plain"
                                      : "use --batch",
                      "there is no command; put -- COMMAND at the end");
  if (options.command.empty()) return TRY(StdoutSink::open(loop, options.format));
  if (options.one_shot && !options.retry_time)
    options.retry_time = options.batch > 0 ? base::Duration::zero() : kOneShotRetryTime;
  if (options.batch > 0) return TRY(BatchCommand::open(loop, std::move(options), std::move(report)));
  if (falls_back) return TRY(Fallback::start(loop, std::move(options), std::move(report)));
  return TRY(Hop::start(loop, std::move(options), std::move(report)));
}

}  // namespace stream
