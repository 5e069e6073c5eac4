// logredis rewind: back to the head of a consumer's R.
#include <algorithm>
#include <limits>

#include "cli/options.h"
#include "tools/logredis/list/claims.h"
#include "tools/logredis/queue/owner.h"
#include "tools/logredis/queue/queue_type.h"
#include "tools/logredis/shared_options.h"
#include "tools/logredis/stream/groups.h"
#include "tools/logredis/stream/stream_script.h"
#include "tools/logredis/verbs.h"

namespace logredis {
namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

struct Options {
  ServerOptions server;
  std::string key;
  Layout layout = Layout::list;
  std::string consumer = kDefaultConsumer;
  std::optional<std::uint64_t> newest;
  base::Duration claim_after = std::chrono::seconds(30);
};

// Both return how many messages are with a running peek, and stay there.

base::Result<std::uint64_t> in_list(redis::Session& session, const Options& options) {
  const Keys keys(options.key);
  Claims claims(session, keys, options.consumer, kAtOnce);
  std::uint64_t left = options.newest.value_or(kAll);
  std::uint64_t held = 0;
  for (const ClaimState& claim : TRY(claims.all())) {
    if (left == 0) break;
    const Returned done = TRY(claims.give_back(claim, left));
    left -= done.returned;
    if (done.live) held += done.left;
  }
  return held;
}

// Passes over the oldest, so that no more than a piece is ever in memory.
base::Result<std::uint64_t> in_stream(redis::Session& session, const Options& options) {
  const Keys keys(options.key);
  Group group(session, keys, options.consumer, kAtOnce);
  std::vector<std::string> free;
  std::uint64_t total = 0;
  std::uint64_t held = 0;
  for (const Member& each : TRY(group.members())) {
    if (each.name == kRewound) continue;
    const bool is_free = !is_leased(each.name) || is_abandoned(each, options.claim_after);
    (is_free ? total : held) += each.pending;
    if (is_free) free.push_back(each.name);
  }
  std::uint64_t pass = total - std::min(total, options.newest.value_or(kAll));
  TRY(group.for_each_pending([&](const std::vector<Pending>& entries) -> base::Result<void> {
    std::vector<Pending> wanted;
    for (const Pending& each : entries) {
      if (std::find(free.begin(), free.end(), each.owner) == free.end()) continue;
      if (pass > 0)
        --pass;
      else
        wanted.push_back(each);
    }
    (void)TRY(group.give(kRewound, wanted));
    return {};
  }));
  for (const std::string& name : free) TRY(group.leave(name));
  return held;
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  event::Loop loop = TRY(event::Loop::create());
  const Server server = TRY(find_server(options.server, context));
  const auto session = redis::Session::open(loop, server.address, server.options, {}, {});
  TRY(require_layout(*session, options.key, options.layout, kAtOnce));
  const std::uint64_t held =
      options.layout == Layout::list ? TRY(in_list(*session, options)) : TRY(in_stream(*session, options));
  if (held > 0)
    context.report(base::Level::warning, "rewind " + options.key + ": " + base::count_of(held, "message") +
                                             " are with a running peek and stay there");
  return 0;
}

}  // namespace

cli::Action declare_rewind(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  add_queue(line, options->server, options->key);
  add_layout(line, options->layout);
  add_consumer_name(line, options->consumer);
  cli::add_number(line, "-n,--count", options->newest,
                  "return only the N newest messages of the backlog (default: all)");
  cli::add_duration(line, "--claim-after", options->claim_after,
                    "streams only: also return the messages of a peek that has been silent for this time");
  return [options, context] { return run(*options, context); };
}

}  // namespace logredis
