// logbuf ack: forgets messages from a consumer's B. stdin: receipts, one id per line, when no id is on the command
// line.

#include <algorithm>

#include "cli/options.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

struct Options {
  stream::PumpOptions pump;
  std::string path;
  std::string consumer = kDefaultConsumer;
  std::vector<std::string> ids;
  std::optional<std::uint64_t> upto;
  bool all = false;
  bool each = false;
};

base::Result<Range> parse_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = base::parse_number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : base::parse_number(text.substr(dash + 1));
  if (!first || !last || *first == 0 || *last < *first)
    return base::fail(base::Kind::data, "acknowledge '" + std::string(text.substr(0, 60)) + "'",
                      "it is no id and no range FIRST-LAST");
  return Range{*first, *last};
}

base::Result<void> check_exists(Range range, const State& state) {
  if (range.last <= state.head()) return {};
  return base::fail(base::Kind::data, "acknowledge message " + std::to_string(range.last),
                    "there is no such message; the newest is " + std::to_string(state.head()));
}

// Is part of `range` still in R? Acknowledging what nobody has been given is a mistake that would lose it.
base::Result<void> check_handed_out(Range range, const ConsumerState& consumer) {
  std::uint64_t known = std::max(consumer.floor() + 1, range.first);
  for (const Span& span : consumer.spans()) {
    if (span.range.last < known) continue;
    if (span.range.first > known) break;
    known = span.range.last + 1;
  }
  if (known > range.last) return {};
  return base::fail(base::Kind::data, "acknowledge message " + std::to_string(known), "it was not handed out yet");
}

// Acknowledges what each line of a batch says, in one commit.
class AckSink final : public stream::Sink {
 public:
  AckSink(Buffer& buffer, std::string consumer, bool each)
      : buffer_(buffer), consumer_(std::move(consumer)), each_(each) {}

  [[nodiscard]] std::size_t room() const override { return 1 << 16; }
  base::Result<void> write(const stream::Batch& batch) override {
    std::vector<Range> ranges;
    base::Result<void> parsed;
    batch.for_each([&](std::size_t, std::string_view line) {
      if (!parsed) return;
      base::Result<Range> range = parse_range(line);
      if (range) ranges.push_back(*range);
      if (!range) parsed = tl::unexpected(std::move(range.error()));
    });
    TRY(acknowledge(ranges));
    TRY(std::move(parsed));
    safe_ += batch.count();
    return {};
  }
  base::Result<void> flush() override { return {}; }
  base::Result<void> finish() override { return {}; }
  [[nodiscard]] std::uint64_t safe() const override { return safe_; }
  [[nodiscard]] bool finished() const override { return true; }
  [[nodiscard]] std::string state() const override { return "acknowledging in " + buffer_.path(); }

 private:
  base::Result<void> acknowledge(const std::vector<Range>& ranges) {
    return buffer_.update(consumer_, [&](ConsumerState& consumer, const State& state) -> base::Result<bool> {
      std::uint64_t count = 0;
      for (const Range& range : ranges) {
        TRY(check_exists(range, state));
        const bool cumulative = !each_ && range.first == range.last;
        count += cumulative ? TRY(consumer.acknowledge_receipt(range.first)) : TRY(consumer.acknowledge(range));
      }
      return count > 0;
    });
  }

  Buffer& buffer_;
  std::string consumer_;
  bool each_;
  std::uint64_t safe_ = 0;
};

base::Result<int> from_stdin(Buffer& buffer, const Options& options, const cli::Context& context) {
  event::Loop loop = TRY(event::Loop::create());
  const auto input = TRY(stream::Input::open(loop, {.format = {}, .are_receipts = true}, std::nullopt, context.report));
  AckSink sink(buffer, options.consumer, options.each);
  const stream::PumpResult result = TRY(stream::pump(loop, *input, sink, options.pump, context.report));
  return result.complete || result.stopped ? 0 : 1;
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  if (!options.ids.empty()) TRY(check_order(options.path, options.ids.front()));
  const auto buffer = TRY(Buffer::open(options.path, {}));
  TRY(require_consumer(*buffer, options.consumer, ConsumerStart::oldest));
  if (options.ids.empty() && !options.upto && !options.all) return from_stdin(*buffer, options, context);
  std::vector<Range> ranges;
  for (const std::string& text : options.ids) ranges.push_back(TRY(parse_range(text)));
  TRY(buffer->update(options.consumer, [&](ConsumerState& consumer, const State& state) -> base::Result<bool> {
    for (const Range& range : ranges) {
      TRY(check_exists(range, state));
      TRY(check_handed_out(range, consumer));
      (void)TRY(consumer.acknowledge(range));
    }
    if (options.upto) TRY(check_exists({1, *options.upto}, state));
    const std::uint64_t upto = options.all ? state.head() : options.upto.value_or(0);
    if (upto > 0) (void)TRY(consumer.acknowledge({1, upto}));
    return true;
  }));
  return 0;
}

}  // namespace

cli::Action declare_ack(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  add_buffer(line, options->path);
  const cli::Option ids =
      line.add_texts("ID", options->ids, "acknowledge only these messages; without ID, read receipts from stdin")
          .value_name("ID");
  add_consumer_name(line, options->consumer);
  const cli::Option upto =
      cli::add_number(line, "--upto", options->upto, "acknowledge the whole backlog up to and including this id");
  line.add_flag("--all", options->all, "acknowledge the whole backlog").excludes(upto).excludes(ids);
  line.add_flag("--each", options->each, "an id on stdin acknowledges only that message, not those before it");
  return [options, context] { return run(*options, context); };
}

}  // namespace logbuf
