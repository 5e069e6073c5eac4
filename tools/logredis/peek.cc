// logredis peek and pop: from the head of a consumer's R to stdout or a sink.
#include <limits>

#include "cli/options.h"
#include "rules/event_options.h"
#include "rules/processed.h"
#include "tools/logredis/feed/feed_source.h"
#include "tools/logredis/list/list_claim.h"
#include "tools/logredis/queue/lease.h"
#include "tools/logredis/queue/queue_type.h"
#include "tools/logredis/shared_options.h"
#include "tools/logredis/stream/stream_claim.h"
#include "tools/logredis/verbs.h"

namespace logredis {
namespace {

// Redis keeps no longer ones by itself (proto-max-bulk-len).
constexpr std::size_t kLongestMessage = std::size_t{512} << 20;
constexpr base::Duration kForever = std::chrono::hours(24 * 365);
constexpr base::Duration kOneShotPatience = std::chrono::seconds(30);

struct Options {
  cli::SourceOptions source;
  ServerOptions server;
  std::string key;
  Layout layout = Layout::list;
  std::string consumer = kDefaultConsumer;
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> prefetch;
  bool follow = false;
  bool fail_empty = false;
  bool start_at_newest = false;
  bool no_trim = false;
  bool report_loss = false;
  base::Duration claim_after = std::chrono::seconds(30);
  std::string lease;
  bool pop = false;
  rules::ProcessorOptions events;
};

// How long a server may be away: the same as a sink.
std::optional<base::Duration> patience(const Options& options) {
  if (options.source.output.retry_time) return options.source.output.retry_time;
  if (options.follow) return std::nullopt;
  return kOneShotPatience;
}

bool acknowledges(const Options& options) {
  return options.pop || !options.source.output.command.empty();
}

ClaimOptions claim_options(const Options& options) {
  return {.consumer = options.consumer,
          .ids = options.source.output.needs_ids(),
          .one_shot = !options.follow,
          .take_back = acknowledges(options) || options.follow,
          .sole = !options.lease.empty(),
          .claim_after = options.claim_after,
          .patience = patience(options).value_or(kForever)};
}

base::Result<std::unique_ptr<Feed>> open_feed(event::Loop& loop, redis::Session& session, const Options& options,
                                              const cli::Context& context) {
  const ClaimOptions claim = claim_options(options);
  TRY(require_layout(session, options.key, options.layout, claim.patience));
  std::unique_ptr<Feed> feed;
  if (options.layout == Layout::list)
    feed = std::make_unique<ListClaim>(session, Keys(options.key), claim, context.report);
  else
    feed = std::make_unique<StreamClaim>(loop, session, Keys(options.key),
                                         StreamClaimOptions{.claim = claim,
                                                            .start_at_newest = options.start_at_newest,
                                                            .trim = !options.no_trim,
                                                            .report_loss = options.report_loss});
  TRY(feed->open());
  return feed;
}

base::Result<int> run(Options options, const cli::Context& context) {
  options.source.output.lasting_ids = options.layout == Layout::stream;
  event::Loop loop = TRY(event::Loop::create());
  const Server server = TRY(find_server(options.server, context));
  auto session = redis::Session::open(loop, server.address, server.options, {}, context.report);
  std::unique_ptr<Lease> lease;
  if (!options.lease.empty())
    lease = TRY(Lease::take(loop, *session, Keys(options.key).sole(options.consumer), options.lease, kOneShotPatience,
                            context.report));
  auto feed = TRY(open_feed(loop, *session, options, context));
  std::unique_ptr<redis::Session> waiting;
  if (options.follow) waiting = redis::Session::open(loop, server.address, server.options, {}, {});
  auto opened = std::make_unique<FeedSource>(
      loop, std::move(session), std::move(waiting), std::move(feed),
      FeedSourceOptions{.count = options.count.value_or(std::numeric_limits<std::uint64_t>::max()),
                        .follow = options.follow,
                        .acknowledge = acknowledges(options),
                        .prefetch = options.source.output.prefetch(options.prefetch),
                        .patience = patience(options),
                        .close_time = options.source.pump.drain_time});
  FeedSource& source = *opened;
  const auto processed = TRY(rules::processed(loop, std::move(opened), options.events, context.report));
  stream::OutputOptions output = options.source.output;
  output.one_shot = !options.follow;
  output.max_message = kLongestMessage;
  const auto sink = TRY(stream::open_output(loop, std::move(output), context.report));
  base::Result<int> pumped = cli::pump(loop, *processed, *sink, options.source, context);
  base::Result<void> closed = source.close();
  if (lease) lease->give_up(options.source.pump.drain_time);
  lease.reset();
  if (!pumped) return pumped;
  if (!closed) return tl::unexpected(std::move(closed.error()));
  return *pumped == 0 && options.fail_empty && source.handed_out() == 0 ? 1 : *pumped;
}

cli::Action declare(cli::CommandLine& line, const cli::Context& context, bool pop) {
  auto options = std::make_shared<Options>();
  options->pop = pop;
  cli::declare_source(line, context, options->source);
  add_queue(line, options->server, options->key);
  add_layout(line, options->layout);
  add_consumer_name(line, options->consumer);
  cli::add_number(line, "-n,--count", options->count, "hand out at most N messages, then end");
  cli::add_prefetch(line, options->prefetch);
  line.add_flag("-f,--follow", options->follow, "wait for more messages instead of ending");
  line.add_flag("--fail-empty", options->fail_empty, "exit with status 1 when there was no message");
  const cli::Choices<bool> starts{{"oldest", false}, {"newest", true}};
  cli::add_choice(line, "--start", options->start_at_newest, starts,
                  "where a consumer of a stream begins if this command creates it: oldest or newest")
      .value_name("WHERE")
      .default_text("oldest");
  cli::add_duration(line, "--claim-after", options->claim_after,
                    "take back the messages of another process when it has been silent for this time");
  line.add_text("--lease", options->lease,
                "hand out only while the lease of the consumer of a stream, a key, holds this text, and renew it")
      .value_name("TEXT");
  line.add_flag("--no-trim", options->no_trim, "keep messages in the stream that all its consumers have acknowledged");
  line.add_flag("--report-loss", options->report_loss,
                "where serve dropped messages of a stream, hand out one that says how many");
  cli::declare_sinks(line, options->source.output);
  rules::declare_events(line, options->events, {.output = &options->source.output});
  if (!pop) line.check([options = options.get()] { return cli::need_sink_of_rest(options->source.output); });
  line.check([options = options.get()]() -> base::Result<void> {
    if (!options->lease.empty() && options->layout != Layout::stream)
      return cli::reject("--lease", "it needs --stream");
    if (options->report_loss && options->layout != Layout::stream)
      return cli::reject("--report-loss", "it needs --stream");
    if (options->claim_after >= std::chrono::seconds(1)) return {};
    return cli::reject("--claim-after", "less than a second is too short");
  });
  return [options, context] { return run(*options, context); };
}

}  // namespace

cli::Action declare_peek(cli::CommandLine& line, const cli::Context& context) {
  return declare(line, context, false);
}
cli::Action declare_pop(cli::CommandLine& line, const cli::Context& context) {
  return declare(line, context, true);
}

}  // namespace logredis
