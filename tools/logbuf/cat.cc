// logbuf cat: a range of the log to stdout or a sink, without touching any consumer.

#include <algorithm>
#include <limits>

#include "cli/options.h"
#include "rules/event_options.h"
#include "rules/processed.h"
#include "tools/logbuf/arrival.h"
#include "tools/logbuf/changes.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

struct Options {
  cli::SourceOptions source;
  std::string path;
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> to;
  std::optional<base::WallTime> since;
  std::optional<base::WallTime> until;
  std::optional<std::uint64_t> count;
  bool follow = false;
  bool fail_empty = false;
  bool skip_damage = true;
  rules::ProcessorOptions events;
};

class RangeSource final : public stream::Source {
 public:
  static base::Result<std::unique_ptr<RangeSource>> open(event::Loop& loop, Buffer& buffer, Range range, bool ids,
                                                         const Options& options, base::Report report) {
    std::unique_ptr<RangeSource> source(new RangeSource(buffer, range, ids, options, std::move(report)));
    if (options.follow) source->changes_ = TRY(Changes::watch(loop, buffer.path()));
    return source;
  }

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override {
    if (stopped_ || range_.empty() || left_ == 0) return stream::Next::end;
    if (idle_ && !changes_->take()) return stream::Next::wait;
    Range wanted = range_;
    if (left_ < wanted.count()) wanted.last = wanted.first + left_ - 1;
    const std::size_t before = batch.count();
    const Range passed =
        TRY(buffer_.read(wanted, ids_, limit, batch, [this](const Damage& damage) { return on_damage(damage); }));
    handed_out_ += batch.count() - before;
    left_ -= std::min(left_, static_cast<std::uint64_t>(batch.count() - before));
    range_.first = passed.last + 1;
    idle_ = passed.empty() && follow_;
    if (passed.empty()) return follow_ ? stream::Next::wait : stream::Next::end;
    return stream::Next::more;
  }
  base::Result<void> acknowledge(std::uint64_t) override { return {}; }
  void stop() override { stopped_ = true; }
  [[nodiscard]] std::uint64_t handed_out() const { return handed_out_; }
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  RangeSource(Buffer& buffer, Range range, bool ids, const Options& options, base::Report report)
      : buffer_(buffer),
        report_(std::move(report)),
        range_(range),
        left_(options.count.value_or(kNoLimit)),
        ids_(ids),
        follow_(options.follow),
        skip_damage_(options.skip_damage) {}

  bool on_damage(const Damage& damage) {
    damaged_ = true;
    if (skip_damage_)
      report_(base::Level::error, "read buffer " + buffer_.path() + ": messages " + std::to_string(damage.range.first) +
                                      "-" + std::to_string(damage.range.last) + " are damaged (" + damage.reason +
                                      "); passed over");
    return skip_damage_;
  }

  Buffer& buffer_;
  base::Report report_;
  Range range_;
  std::uint64_t left_;
  std::unique_ptr<Changes> changes_;
  std::uint64_t handed_out_ = 0;
  bool ids_;
  bool follow_;
  bool skip_damage_;
  bool damaged_ = false;
  bool idle_ = false;
  bool stopped_ = false;
};

base::Result<Range> wanted_range(Buffer& buffer, const Options& options) {
  const State state = TRY(buffer.state());
  Range range{TRY(buffer.oldest_id()), options.follow ? kNoLimit - 1 : state.head()};
  if (options.from) range.first = std::max(range.first, *options.from);
  if (options.since) range.first = std::max(range.first, TRY(buffer.id_at(*options.since)));
  if (options.to) range.last = std::min(range.last, *options.to);
  if (options.until) range.last = std::min(range.last, TRY(buffer.id_at(*options.until)) - 1);
  return range;
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  event::Loop loop = TRY(event::Loop::create());
  if (options.follow && !TRY(wait_for_buffer(loop, options.path, context.report))) return 0;
  const auto buffer = TRY(Buffer::open(options.path, {.access = Access::read_only}));
  stream::OutputOptions output = options.source.output;
  output.ids_origin = TRY(buffer->state()).uuid;
  const Range range = TRY(wanted_range(*buffer, options));
  auto opened = TRY(RangeSource::open(loop, *buffer, range, output.needs_ids(), options, context.report));
  const RangeSource& source = *opened;
  const auto processed = TRY(rules::processed(loop, std::move(opened), options.events, context.report));
  output.one_shot = !options.follow;
  output.max_message = kLongestMessage;
  const auto sink = TRY(stream::open_output(loop, std::move(output), context.report));
  const int status = TRY(cli::pump(loop, *processed, *sink, options.source, context));
  if (source.damaged()) return cli::exit_status(base::Kind::data);
  return options.fail_empty && source.handed_out() == 0 ? 1 : status;
}

base::Result<void> check(const Options& options) {
  const auto nothing = [](const char* name) { return cli::reject(name, "it is before the beginning of the range"); };
  if (options.from && options.to && *options.to < *options.from) return nothing("--to");
  if (options.since && options.until && *options.until < *options.since) return nothing("--until");
  return {};
}

}  // namespace

cli::Action declare_cat(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  options->source.output.lasting_ids = true;
  cli::declare_source(line, context, options->source);
  add_buffer(line, options->path);
  constexpr char kRange[] = "Range";
  cli::add_number(line, "--from", options->from, "begin with this id").group(kRange);
  const auto take_end = [options = options.get()](const std::string& text) -> base::Result<void> {
    const auto id = base::parse_number(text);
    if (!id) return base::fail(base::Kind::usage, "", "'" + text + "' is not a number");
    options->to = *id;
    return {};
  };
  cli::declare_sinks(line, options->source.output, take_end, "end with this id");
  cli::add_time(line, "--since", options->since, "begin with the first message accepted at this time or later")
      .group(kRange);
  cli::add_time(line, "--until", options->until, "end before the first message accepted at this time or later")
      .group(kRange);
  cli::add_number(line, "-n,--count", options->count, "write at most N messages").group(kRange);
  line.add_flag("-f,--follow", options->follow, "wait for more messages instead of ending").group(kRange);
  line.add_flag("--fail-empty", options->fail_empty, "exit with status 1 if there were no messages");
  add_on_damage(line, options->skip_damage);
  rules::declare_events(line, options->events, {.output = &options->source.output});
  line.check([options = options.get()] { return check(*options); });
  return [options, context] { return run(*options, context); };
}

}  // namespace logbuf
