// logredis cat: a range of the queue to stdout or a sink, without touching anybody.

#include <limits>

#include "cli/options.h"
#include "rules/event_options.h"
#include "rules/processed.h"
#include "tools/logredis/feed/feed_source.h"
#include "tools/logredis/feed/range_feed.h"
#include "tools/logredis/queue/queue_type.h"
#include "tools/logredis/shared_options.h"
#include "tools/logredis/verbs.h"

namespace logredis {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kLongestMessage = std::size_t{512} << 20;

struct Options {
  cli::SourceOptions source;
  ServerOptions server;
  std::string key;
  Layout layout = Layout::list;
  std::string from;
  std::string to;
  std::optional<base::WallTime> since;
  std::optional<base::WallTime> until;
  std::optional<std::uint64_t> count;
  bool follow = false;
  bool fail_empty = false;
  rules::ProcessorOptions events;
};

base::Result<std::uint64_t> position(const std::string& option, const std::string& text, std::uint64_t otherwise) {
  if (text.empty()) return otherwise;
  const auto number = base::parse_number(text.starts_with("0-") ? text.substr(2) : text);
  if (!number || *number == 0)
    return base::fail(base::Kind::usage, option, "'" + text + "' is no position in a list: 1, 2, 3, ...");
  return *number;
}

base::Result<Id> bound(const std::string& option, const std::string& text, Id otherwise) {
  if (text.empty()) return otherwise;
  const auto id = parse_id(text);
  if (!id) return base::fail(base::Kind::usage, option, "'" + text + "' is no id of a stream: MILLISECONDS-SEQUENCE");
  return *id;
}

// Redis' ids begin with the time in milliseconds.
std::uint64_t milliseconds(base::WallTime time) {
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(since_epoch, 0));
}

base::Result<StreamRange::Options> wanted_range(const Options& options) {
  StreamRange::Options range;
  range.first = TRY(bound("--from", options.from, {}));
  range.last = TRY(bound("--to", options.to, kLastId));
  if (options.since) range.first = std::max(range.first, Id{milliseconds(*options.since), 0});
  if (options.until) {
    const std::uint64_t end = milliseconds(*options.until);
    range.last = std::min(range.last, Id{end == 0 ? 0 : end - 1, end == 0 ? 0 : kNoLimit});
  }
  range.ids = options.source.output.needs_ids();
  range.follow = options.follow;
  range.patience = kAtOnce;
  return range;
}

base::Result<std::unique_ptr<Feed>> open_feed(redis::Session& session, const Options& options) {
  TRY(require_layout(session, options.key, options.layout, kAtOnce));
  const Keys keys(options.key);
  std::unique_ptr<Feed> feed;
  if (options.layout == Layout::stream) {
    feed = std::make_unique<StreamRange>(session, keys, TRY(wanted_range(options)));
  } else {
    const std::uint64_t first = TRY(position("--from", options.from, 1));
    const std::uint64_t last = TRY(position("--to", options.to, kNoLimit));
    feed = std::make_unique<ListRange>(session, keys, options.source.output.needs_ids(), first, last);
  }
  TRY(feed->open());
  return feed;
}

base::Result<int> run(Options options, const cli::Context& context) {
  options.source.output.lasting_ids = options.layout == Layout::stream;
  event::Loop loop = TRY(event::Loop::create());
  const Server server = TRY(find_server(options.server, context));
  auto session = redis::Session::open(loop, server.address, server.options, {}, context.report);
  auto feed = TRY(open_feed(*session, options));
  std::unique_ptr<redis::Session> waiting;
  if (options.follow) waiting = redis::Session::open(loop, server.address, server.options, {}, {});
  std::optional<base::Duration> patience = options.source.output.retry_time;
  if (!options.follow && !patience) patience = std::chrono::seconds(30);
  auto opened = std::make_unique<FeedSource>(
      loop, std::move(session), std::move(waiting), std::move(feed),
      FeedSourceOptions{.count = options.count.value_or(kNoLimit), .follow = options.follow, .patience = patience});
  const FeedSource& source = *opened;
  const auto processed = TRY(rules::processed(loop, std::move(opened), options.events, context.report));
  stream::OutputOptions output = options.source.output;
  output.one_shot = !options.follow;
  output.max_message = kLongestMessage;
  const auto sink = TRY(stream::open_output(loop, std::move(output), context.report));
  const int status = TRY(cli::pump(loop, *processed, *sink, options.source, context));
  return status == 0 && options.fail_empty && source.handed_out() == 0 ? 1 : status;
}

base::Result<void> check(const Options& options) {
  if (options.layout == Layout::stream) return {};
  if (options.follow) return cli::reject("--follow", "needs --stream: positions in a list move");
  if (options.since || options.until)
    return cli::reject(options.since ? "--since" : "--until", "needs --stream: a list has no times");
  return {};
}

}  // namespace

cli::Action declare_cat(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  cli::declare_source(line, context, options->source);
  add_queue(line, options->server, options->key);
  add_layout(line, options->layout);
  constexpr char kRange[] = "Range";
  line.add_text("--from", options->from, "begin with this id; in a list, with this position")
      .value_name("ID")
      .group(kRange);
  const auto take_end = [options = options.get()](const std::string& text) -> base::Result<void> {
    options->to = text;
    return {};
  };
  cli::declare_sinks(line, options->source.output, take_end, "end with this id; in a list, with this position");
  cli::add_time(line, "--since", options->since,
                "streams only: begin with messages that were added at this time or later")
      .group(kRange);
  cli::add_time(line, "--until", options->until, "streams only: end with messages that were added before this time")
      .group(kRange);
  cli::add_number(line, "-n,--count", options->count, "write at most N messages").group(kRange);
  line.add_flag("-f,--follow", options->follow, "streams only: wait for more messages instead of ending").group(kRange);
  line.add_flag("--fail-empty", options->fail_empty, "exit with status 1 when there was no message");
  rules::declare_events(line, options->events, {.output = &options->source.output});
  line.check([options = options.get()] { return check(*options); });
  return [options, context] { return run(*options, context); };
}

}  // namespace logredis
