#include "tools/logbuf/buffer_sink.h"

namespace logbuf {
namespace {

constexpr std::size_t kCommitBytes = 1 << 20;
constexpr base::Duration kRecheckTime = std::chrono::seconds(1);

}  // namespace

base::Result<std::unique_ptr<BufferSink>> BufferSink::open(event::Loop& loop, Buffer& buffer, BufferSinkOptions options,
                                                           base::Report report) {
  return std::unique_ptr<BufferSink>(new BufferSink(loop, buffer, std::move(options), std::move(report)));
}

BufferSink::BufferSink(event::Loop& loop, Buffer& buffer, BufferSinkOptions options, base::Report report)
    : loop_(loop), buffer_(buffer), options_(std::move(options)), report_(std::move(report)), recheck_(loop, [] {}) {}

std::size_t BufferSink::room() const {
  return pending_.empty() ? kCommitBytes : 0;
}

base::Result<void> BufferSink::write(const stream::Batch& batch) {
  std::size_t first = 0;
  if (TRY(store(batch, first))) return {};
  pending_ = batch;
  pending_first_ = first;
  return start_waiting();
}

base::Result<bool> BufferSink::store(const stream::Batch& batch, std::size_t& first) {
  while (first < batch.count()) {
    const Appended appended = TRY(append(batch, first));
    first += appended.taken;
    safe_ += appended.taken;
    duplicates_ += appended.duplicates;
    say_what_goes(appended);
    dropped_ += appended.dropped;
    deleted_ += appended.deleted;
    if (appended.full) return false;
  }
  return true;
}

// Once each: a buffer that is full stays full.
void BufferSink::say_what_goes(const Appended& appended) {
  const std::string what = "write buffer " + buffer_.path() + ": ";
  if (appended.dropped > 0 && dropped_ == 0)
    report_(base::Level::warning, what + "it is full; the newest messages are dropped and counted");
  if (appended.deleted > 0 && deleted_ == 0)
    report_(base::Level::warning,
            what + "it is full; the oldest messages are deleted, though not yet acknowledged, and counted");
  if (appended.clock_back > base::Duration::zero())
    report_(base::Level::warning, what + "the clock is " + base::format_duration(appended.clock_back) +
                                      " behind the newest message; what comes now has the clock's time");
}

base::Result<Appended> BufferSink::append(const stream::Batch& batch, std::size_t first) {
  auto appended = buffer_.append(batch, first, options_.origin, options_.report_loss);
  const bool refused = !appended && (appended.error().kind == base::Kind::unavailable ||  //
                                     appended.error().kind == base::Kind::io);
  if (refused && options_.refused) {
    const std::size_t rest = batch.count() - first;
    options_.refused(rest, appended.error());
    return Appended{.taken = rest};
  }
  if (appended && options_.stored) options_.stored(*appended);
  return appended;
}

base::Result<void> BufferSink::start_waiting() {
  const State state = TRY(buffer_.state());
  const bool none = TRY(buffer_.consumers()).empty();
  report_(base::Level::warning, "write buffer " + buffer_.path() + ": it is full (" +
                                    base::format_bytes(state.limits.max_size) + "); " +
                                    (none ? "waiting, but nobody takes messages: it has no consumer (see 'logbuf peek')"
                                          : "waiting until consumers acknowledge messages"));
  changes_ = TRY(Changes::watch(loop_, buffer_.path()));
  recheck_.start(kRecheckTime);
  return {};
}

base::Result<void> BufferSink::flush() {
  if (pending_.empty()) return {};
  if (!changes_->take() && recheck_.active()) return {};
  recheck_.start(kRecheckTime);
  if (!TRY(store(pending_, pending_first_))) return {};
  pending_.clear();
  changes_.reset();
  recheck_.stop();
  report_(base::Level::note, "write buffer " + buffer_.path() + ": there is room again");
  return {};
}

base::Result<void> BufferSink::finish() {
  return flush();
}

std::string BufferSink::state() const {
  std::string text = pending_.empty() ? "storing in " + buffer_.path() : buffer_.path() + " is full, waiting";
  if (duplicates_ > 0) text += ", " + std::to_string(duplicates_) + " known already";
  if (dropped_ > 0) text += ", " + std::to_string(dropped_) + " dropped";
  if (deleted_ > 0) text += ", " + std::to_string(deleted_) + " deleted unacknowledged";
  return text;
}

}  // namespace logbuf
