// logbuf rewind: back to the head of a consumer's R.
#include <algorithm>
#include <limits>

#include "base/units.h"
#include "cli/options.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

struct Options {
  std::string path;
  std::string consumer = kDefaultConsumer;
  std::optional<std::uint64_t> newest;
  std::optional<std::uint64_t> to;
  std::optional<base::WallTime> since;
};

std::uint64_t held_by_others(const ConsumerState& consumer, const IsLive& is_live) {
  std::uint64_t count = 0;
  for (const Span& span : consumer.spans())
    if (!span.acknowledged() && is_live(span.owner)) count += span.range.count();
  return count;
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  const auto buffer = TRY(Buffer::open(options.path, {}));
  TRY(require_consumer(*buffer, options.consumer, ConsumerStart::oldest));
  std::optional<std::uint64_t> to = options.to;
  const State state = TRY(buffer->state());
  if (to && (*to == 0 || *to > state.next_id))
    return base::fail(base::Kind::data, "rewind to message " + std::to_string(*to),
                      "there is no such message; the newest is " + std::to_string(state.head()));
  if (options.since) to = TRY(buffer->id_at(*options.since));
  const std::uint64_t oldest = TRY(buffer->oldest_id());
  if (to && *to < oldest) {
    if (options.to)
      context.report(base::Level::warning, "rewind to message " + std::to_string(*to) +
                                               ": it is deleted; the oldest is " + std::to_string(oldest));
    to = oldest;
  }
  const IsLive is_live = [&](std::uint64_t owner) { return buffer->is_live(owner); };
  std::uint64_t held = 0;
  TRY(buffer->update(options.consumer, [&](ConsumerState& consumer, const State&) -> base::Result<bool> {
    constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t count =
        to ? consumer.rewind_to(*to, is_live) : consumer.rewind(options.newest.value_or(kAll), is_live);
    held = held_by_others(consumer, is_live);
    return count > 0;
  }));
  if (held > 0)
    context.report(base::Level::warning, "rewind buffer " + buffer->path() + ": " + base::count_of(held, "message") +
                                             (held == 1 ? " is with a running peek and stays there"
                                                        : " are with a running peek and stay there"));
  return 0;
}

}  // namespace

cli::Action declare_rewind(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  add_buffer(line, options->path);
  add_consumer_name(line, options->consumer);
  cli::Option newest = cli::add_number(line, "-n,--count", options->newest,
                                       "only the N newest messages of the backlog (default: all of them)");
  cli::Option to =
      cli::add_number(line, "--to", options->to, "this message and all messages after it, acknowledged or not");
  cli::add_time(line, "--since", options->since, "all messages accepted since then, acknowledged or not")
      .excludes(to)
      .excludes(newest);
  to.excludes(newest);
  return [options, context] { return run(*options, context); };
}

}  // namespace logbuf
