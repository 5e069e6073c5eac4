// logbuf push: stdin to the tail of every consumer's R.

#include "cli/options.h"
#include "tools/logbuf/buffer_sink.h"
#include "tools/logbuf/limit_options.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/store/buffer.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

struct Options {
  cli::SinkOptions sink;
  std::string path;
  LimitOptions limits;
  base::Duration origin_ttl = std::chrono::hours(24 * 30);
  bool report_loss = false;
  Sync sync = Sync::disk;
};

base::Result<int> run(const Options& options, const cli::Context& context) {
  event::Loop loop = TRY(event::Loop::create());
  const auto buffer = TRY(Buffer::open_or_create(options.path, {.sync = options.sync}));
  TRY(options.limits.apply(*buffer));
  TRY(buffer->forget_origins(base::wall_now() - options.origin_ttl));

  const auto input = TRY(stream::Input::open(loop, options.sink.input, context.invitation, context.report));
  const std::string origin = context.invitation ? context.invitation->origin : "";
  const auto sink = TRY(BufferSink::open(loop, *buffer, {origin, options.report_loss}, context.report));
  stream::Greeting greeting{.strength = options.sync == Sync::disk ? stream::Strength::stored : stream::Strength::sent,
                            .last = {}};
  if (const auto known = origin.empty() ? std::nullopt : TRY(buffer->origin(origin))) {
    greeting.last = known->last;
    if (known->fingerprint) greeting.taken = {*known->fingerprint, known->active};
  }
  TRY(input->greet(greeting));
  return cli::pump(loop, *input, *sink, options.sink, context);
}

}  // namespace

cli::Action declare_push(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  cli::declare_sink(line, context, options->sink);
  add_buffer(line, options->path, cli::Use::write);
  declare_limits(line, options->limits);
  line.add_flag("--report-loss", options->report_loss, "if messages were dropped, store a message that says how many");
  cli::add_duration(line, "--origin-ttl", options->origin_ttl,
                    "forget the last ids of origins from which nothing has come for this time");
  add_sync(line, options->sync,
           "disk: write receipts after a sync to disk; os: without a sync, so that a power failure may destroy "
           "confirmed messages and the buffer");
  return [options, context] { return run(*options, context); };
}

}  // namespace logbuf
