#include "stream/filter.h"

#include <algorithm>
#include <numeric>

#include "base/units.h"

namespace stream {
namespace {

constexpr std::size_t kFilteredBytes = 1 << 20;
constexpr std::size_t kGrowth = 4;             // a filter may write so many times what it was given, and --window
constexpr std::size_t kPieceBytes = 64 << 10;  // of output that goes on at once

std::size_t memory_of(const Batch& batch) {
  return batch.bytes() + batch.count() * sizeof(std::uint32_t);
}

}  // namespace

Filter::Filter(const OutputOptions& options, std::unique_ptr<Sink> sink, base::Report report)
    : report_(std::move(report)),
      sink_(std::move(sink)),
      framing_(options.format.framing),
      max_message_(options.filter.max_message),
      window_(options.window.count),
      reader_({framing_, false}, max_message_) {}

Filter::~Filter() = default;

base::Result<std::unique_ptr<Filter>> Filter::open(event::Loop& loop, OutputOptions options, std::unique_ptr<Sink> sink,
                                                   base::Report report) {
  std::unique_ptr<Filter> filter(new Filter(options, std::move(sink), report));
  BatchRole role{"filter", options.filter.statuses, filter.get()};
  options.format.ids = false;
  options.batch = options.filter.batch;
  options.batch_time = options.filter.time;
  options.window.count = std::min(options.window.count, kFilteredBytes);
  filter->command_ = TRY(BatchCommand::open(loop, std::move(options), std::move(report), std::move(role)));
  return filter;
}

void Filter::begin(std::size_t bytes) {
  reader_ = FrameReader({framing_, false}, max_message_);
  output_.clear();
  most_ = window_ + kGrowth * bytes;
}

base::Result<void> Filter::take(std::string_view bytes) {
  if (output_.empty() || output_.back().bytes() >= kPieceBytes) output_.emplace_back();
  if (const auto framed = reader_.feed(bytes, output_.back()); !framed)
    return base::fail(base::Kind::data, "wrote what is not in " + std::string(framing_name(framing_)) + " framing",
                      framed.error().why);
  if (held() <= most_) return {};
  return base::fail(base::Kind::data, "wrote more than " + base::format_bytes({most_}),
                    "--window and " + std::to_string(kGrowth) + " times its input is the most that is kept");
}

base::Result<void> Filter::end(std::size_t count) {
  if (output_.empty()) output_.emplace_back();
  const bool unterminated = framing_ == Framing::nul && reader_.pending() > 0;
  if (unterminated || !reader_.finish(output_.back()))
    return base::fail(base::Kind::data, "ended within a message", "its output is cut short");
  report_split(reader_.split());
  passed_.taken += count;
  for (const Batch& piece : output_) passed_.made += piece.count();
  passages_.push_back(passed_);
  passing_ = true;
  return {};
}

std::size_t Filter::held() const {
  return std::accumulate(output_.begin(), output_.end(), reader_.pending(),
                         [](std::size_t sum, const Batch& piece) { return sum + memory_of(piece); });
}

// True when something went on: then there may be room for more.
base::Result<bool> Filter::pass_on() {
  if (!passing_) return false;
  bool moved = false;
  while (!output_.empty() && (output_.front().empty() || sink_->room() > 0)) {
    if (!output_.front().empty()) TRY(sink_->write(output_.front()));
    moved = !output_.front().empty() || moved;
    output_.pop_front();
  }
  passing_ = !output_.empty();
  return moved;
}

base::Result<void> Filter::flush() {
  TRY(sink_->flush());
  while (TRY(pass_on())) TRY(sink_->flush());
  while (passages_.size() > 1 && passages_.front().made <= sink_->safe()) {
    safe_ = passages_.front().taken;
    passages_.pop_front();
  }
  if (!failure_)
    if (auto flushed = command_->flush(); !flushed) failure_ = std::move(flushed.error());
  return finish_sink();
}

// What went through before a failure is made safe first: run again, the source would bring it again.
base::Result<void> Filter::finish_sink() {
  const bool last = failure_ || (life_.is_finishing() && command_->finished());
  if (last && !passing_ && life_.close()) {
    TRY(sink_->finish());
    TRY(sink_->flush());
  }
  if (failure_ && life_.is_closing() && sink_->finished()) return tl::unexpected(*failure_);
  return {};
}

base::Result<void> Filter::finish() {
  life_.finish();
  if (!failure_)
    if (auto finished = command_->finish(); !finished) failure_ = std::move(finished.error());
  return flush();
}

base::Result<void> Filter::hurry() {
  if (!failure_)
    if (auto hurried = command_->hurry(); !hurried) failure_ = std::move(hurried.error());
  return sink_->hurry();
}

void Filter::cut_off() {
  command_->cut_off();
  sink_->cut_off();
}

std::uint64_t Filter::safe() const {
  const std::uint64_t made_safe = sink_->safe();
  std::uint64_t safe = safe_;
  for (const Passage& passage : passages_) {
    if (passage.made > made_safe) break;
    safe = passage.taken;
  }
  return safe;
}

void Filter::report_split(std::uint64_t count) const {
  if (count == 0) return;
  report_(base::Level::warning, "output of a filter: " + base::count_of(count, "message") + " over --max-message (" +
                                    base::format_bytes({max_message_}) + (count == 1 ? ") was" : ") were") + " split");
}

}  // namespace stream
