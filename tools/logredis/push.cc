// logredis push: stdin to the tail of the queue.

#include "cli/options.h"
#include "stream/input.h"
#include "tools/logredis/queue/durability.h"
#include "tools/logredis/queue/queue_type.h"
#include "tools/logredis/shared_options.h"
#include "tools/logredis/sink/push_sink.h"
#include "tools/logredis/verbs.h"

namespace logredis {
namespace {

// A source waits ten seconds for the greeting. Without a server it is given the weaker promise, which holds anyway.
constexpr base::Duration kGreetWithin = std::chrono::seconds(5);

struct Options {
  cli::SinkOptions sink;
  ServerOptions server;
  std::string key;
  PushOptions push;
};

base::Result<stream::Strength> find_strength(redis::Session& session, const Options& options, base::Duration patience) {
  TRY(require_layout(session, options.key, options.push.layout, patience));
  return TRY(find_durability(session, patience)).strength();
}

// The server is away, and may come back.
bool is_passing(const base::Error& error, const redis::Session& session) {
  return !session.failure() && (error.kind == base::Kind::temporary || error.kind == base::Kind::io ||
                                (error.kind == base::Kind::unavailable && !session.ready()));
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  auto loop = TRY(event::Loop::create());
  Server server = TRY(find_server(options.server, context));
  auto session = redis::Session::open(loop, server.address, server.options, {}, context.report);
  const auto input = TRY(stream::Input::open(loop, options.sink.input, context.invitation, context.report));

  const bool has_other = context.invitation && context.invitation->retry_time;  // which takes messages meanwhile
  auto strength = find_strength(*session, options, has_other ? *options.sink.pump.retry_time : kGreetWithin);
  if (!strength) {
    const bool passes = is_passing(strength.error(), *session);
    if (passes && has_other) strength.error().kind = base::Kind::temporary;
    if (!passes || has_other) return tl::unexpected(strength.error());
    strength = stream::Strength::peer;
  }
  TRY(input->greet({.strength = *strength, .last = {}}));

  PushOptions push = options.push;
  push.strength = *strength;
  push.drain_time = options.sink.pump.drain_time;
  if (context.invitation) push.origin = context.invitation->origin;
  PushSink sink(loop, std::move(session), options.key, push, context.report);
  return cli::pump(loop, *input, sink, options.sink, context);
}

}  // namespace

cli::Action declare_push(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  cli::declare_sink(line, context, options->sink);
  cli::declare_sink_retry(line, options->sink);
  add_queue(line, options->server, options->key);
  add_layout(line, options->push.layout);
  constexpr char kDelivery[] = "Delivery";
  constexpr char kQueue[] = "Queue";
  add_replicas(line, options->push.replicas, "give a receipt only when N replicas have the message too")
      .group(kDelivery);
  cli::add_bytes(line, "--window", options->push.window, "keep at most this much that is not confirmed", {1})
      .group(kDelivery);
  cli::add_duration(line, "--origin-ttl", options->push.origin_ttl,
                    "forget the last id of a source that has been silent for this time")
      .group(kDelivery);
  cli::add_number(line, "--cap", options->push.cap, "keep about N messages, and drop the oldest ones (0: keep all)")
      .group(kQueue);
  cli::add_duration(line, "--ttl", options->push.ttl,
                    "delete the queue when nothing has been pushed for this time (0: never)")
      .group(kQueue);
  return [options, context] { return run(*options, context); };
}

}  // namespace logredis
