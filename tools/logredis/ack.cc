// logredis ack: forgets messages from a consumer's B. stdin: receipts, one id per line, when no id is on the command
// line.

#include <optional>

#include "cli/options.h"
#include "tools/logredis/list/claims.h"
#include "tools/logredis/queue/queue_type.h"
#include "tools/logredis/shared_options.h"
#include "tools/logredis/sink/ack_sink.h"
#include "tools/logredis/stream/groups.h"
#include "tools/logredis/stream/stream_script.h"
#include "tools/logredis/verbs.h"

namespace logredis {
namespace {

constexpr base::Duration kForever = std::chrono::hours(24 * 365);

struct Options {
  stream::PumpOptions pump;
  ServerOptions server;
  std::string key;
  Layout layout = Layout::list;
  std::string consumer = kDefaultConsumer;
  std::vector<std::string> ids;
  std::optional<Id> upto;
  bool all = false;
  bool each = false;
  bool no_trim = false;
};

base::Result<void> acknowledge_upto(Claims& claims, Id upto) {
  if (upto != kLastId) TRY(claims.check_handed_out({upto, upto, true}));
  for (const ClaimState& claim : TRY(claims.all())) {
    if (claim.number < upto.major) TRY(claims.clear(claim.number));
    if (claim.number == upto.major) TRY(claims.acknowledge(claim.number, upto.minor));
  }
  return {};
}

base::Result<void> in_list(redis::Session& session, const Options& options, const std::vector<IdRange>& ranges) {
  const Keys keys(options.key);
  Claims claims(session, keys, options.consumer, kAtOnce);
  for (const IdRange& range : ranges) TRY(claims.check_handed_out(range));
  for (const IdRange& range : ranges) TRY(claims.acknowledge_alone(range));
  if (options.all || options.upto) TRY(acknowledge_upto(claims, options.all ? kLastId : *options.upto));
  return {};
}

base::Result<void> in_stream(redis::Session& session, const Options& options, const std::vector<IdRange>& ranges) {
  const Keys keys(options.key);
  Group group(session, keys, options.consumer, kAtOnce);
  const Id newest = TRY(group.last_delivered());
  std::vector<IdRange> all = ranges;
  if (options.upto) all.push_back({{0, 0}, *options.upto});
  for (const IdRange& range : all)
    if (range.last > newest)
      return base::fail(base::Kind::data, "acknowledge message " + range.last.text(), "it was not handed out yet");
  if (options.all) all.push_back({{0, 0}, kLastId});
  for (const IdRange& range : all) TRY(group.acknowledge(range.first.text(), range.last.text()));
  if (!options.no_trim) (void)TRY(group.trim(""));
  return {};
}

base::Result<int> from_stdin(event::Loop& loop, std::unique_ptr<redis::Session> session, const Options& options,
                             const cli::Context& context) {
  const auto input = TRY(stream::Input::open(loop, {.format = {}, .are_receipts = true}, std::nullopt, context.report));
  AckSink sink(loop, std::move(session),
               {.keys = Keys(options.key),
                .consumer = options.consumer,
                .stream = options.layout == Layout::stream,
                .each = options.each,
                .trim = !options.no_trim});
  const stream::PumpResult result = TRY(stream::pump(loop, *input, sink, options.pump, context.report));
  if (result.complete || (result.stopped && result.totals.safe == result.totals.messages)) return 0;
  return base::fail(base::Kind::temporary, "acknowledge in " + options.key,
                    base::count_of(result.totals.messages - result.totals.safe, "receipt") + " did not get through");
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  event::Loop loop = TRY(event::Loop::create());
  const Server server = TRY(find_server(options.server, context));
  std::vector<IdRange> ranges;
  for (const std::string& text : options.ids) ranges.push_back(TRY(parse_range(text)));
  auto session = redis::Session::open(loop, server.address, server.options, {}, context.report);
  const bool receipts = options.ids.empty() && !options.upto && !options.all;
  TRY(require_layout(*session, options.key, options.layout, receipts ? kForever : kAtOnce));
  if (receipts) return from_stdin(loop, std::move(session), options, context);
  if (options.layout == Layout::list)
    TRY(in_list(*session, options, ranges));
  else
    TRY(in_stream(*session, options, ranges));
  return 0;
}

}  // namespace

cli::Action declare_ack(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  add_queue(line, options->server, options->key);
  const cli::Option ids =
      line.add_texts("ID", options->ids,
                     "ids and ranges FIRST..LAST to acknowledge, themselves only; none: receipts from "
                     "stdin")
          .value_name("ID");
  add_layout(line, options->layout);
  add_consumer_name(line, options->consumer);
  const auto parse_upto = [](const std::string& text) -> base::Result<Id> {
    const auto id = parse_id(text);
    if (!id) return base::fail(base::Kind::usage, "", "'" + text + "' is no id");
    return *id;
  };
  const cli::Option upto = cli::add_parsed(line, "--upto", options->upto, parse_upto,
                                           "acknowledge the whole backlog up to and including this id")
                               .value_name("ID");
  line.add_flag("--all", options->all, "acknowledge the whole backlog").excludes(upto).excludes(ids);
  line.add_flag("--each", options->each, "let each id on stdin acknowledge only its message, not those before it");
  line.add_flag("--no-trim", options->no_trim, "keep messages in the stream that all its consumers have acknowledged");
  return [options, context] { return run(*options, context); };
}

}  // namespace logredis
