// logbuf push: stdin to the tail of every consumer's R.

#include "cli/options.h"
#include "tools/logbuf/buffer_sink.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/store/buffer.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

struct Options {
  cli::SinkOptions sink;
  std::string path;
  std::optional<base::Bytes> max_size;
  std::optional<WhenFull> when_full;
  std::optional<base::Bytes> retain_size;
  std::optional<base::Duration> retain_time;
  base::Duration origin_ttl = std::chrono::hours(24 * 30);
  bool report_loss = false;
  Sync sync = Sync::disk;
};

base::Result<int> run(const Options& options, const cli::Context& context) {
  event::Loop loop = TRY(event::Loop::create());
  const auto buffer = TRY(Buffer::open_or_create(options.path, {.sync = options.sync}));
  TRY(buffer->set_limits([&](Limits& limits) {
    limits.max_size = options.max_size.value_or(limits.max_size);
    limits.when_full = options.when_full.value_or(limits.when_full);
    limits.retain_size = options.retain_size.value_or(limits.retain_size);
    limits.retain_time = options.retain_time.value_or(limits.retain_time);
  }));
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
  add_buffer(line, options->path);
  constexpr char kLimits[] = "Limits (kept in the buffer)";
  cli::add_bytes(line, "--max-size", options->max_size, "hold at most so much; a new buffer: 1GiB", kMinMaxSize)
      .group(kLimits);
  cli::add_parsed(line, "--full", options->when_full, parse_when_full,
                  "when full: block (a new buffer's), drop-newest or drop-oldest")
      .value_name("POLICY")
      .choices({"block", "drop-newest", "drop-oldest"})
      .group(kLimits);
  cli::add_bytes(line, "--retain-size", options->retain_size,
                 "keep acknowledged messages while there is no more than this; 0: do not")
      .group(kLimits);
  cli::add_duration(line, "--retain-time", options->retain_time, "keep acknowledged messages for so long; 0: do not")
      .group(kLimits);
  line.add_flag("--report-loss", options->report_loss,
                "when messages were dropped, store a message that says how many");
  cli::add_duration(line, "--origin-ttl", options->origin_ttl,
                    "forget the last id of a source that was silent for so long");
  add_sync(line, options->sync,
           "disk: receipts after fsync; os: a power failure may take receipted messages, and the buffer");
  return [options, context] { return run(*options, context); };
}

}  // namespace logbuf
