#include "tools/logbuf/consumer_source.h"

#include <algorithm>

namespace logbuf {
namespace {

constexpr std::size_t kMaxClaim = 4 << 20;  // bytes; one commit's worth
constexpr std::size_t kMinClaim = 64 << 10;
constexpr std::uint64_t kCommitMessages = 64 << 10;  // acknowledged messages that do not wait for the timer
constexpr base::Duration kCommitTime = std::chrono::milliseconds(20);

}  // namespace

base::Result<std::unique_ptr<ConsumerSource>> ConsumerSource::open(event::Loop& loop, Buffer& buffer,
                                                                   ConsumerSourceOptions options, base::Report report) {
  std::unique_ptr<ConsumerSource> source(new ConsumerSource(loop, buffer, std::move(options), std::move(report)));
  if (source->options_.follow) source->changes_ = TRY(Changes::watch(loop, buffer.path()));
  TRY(source->begin());
  return source;
}

ConsumerSource::ConsumerSource(event::Loop& loop, Buffer& buffer, ConsumerSourceOptions options, base::Report report)
    : buffer_(buffer),
      options_(std::move(options)),
      report_(std::move(report)),
      commit_soon_(loop, [this] { commit_due_ = true; }) {}

base::Result<void> ConsumerSource::begin() {
  claimant_.consumer = options_.consumer;
  claimant_.owner = TRY(buffer_.new_owner(options_.take_back));
  const State state = TRY(buffer_.state());
  if (!options_.follow) until_ = state.head();
  const std::optional<ConsumerState> found = TRY(buffer_.consumer(options_.consumer));
  if (!found) return base::fail(base::Kind::no_input, "use consumer '" + options_.consumer + "'", "it was removed");
  const bool sole = options_.origin && TRY(buffer_.take_origin_lease(found->number()));
  if (options_.origin && !sole)
    report_(base::Level::warning, "peek buffer " + buffer_.path() + ": another process sends from consumer '" +
                                      options_.consumer + "' too; after a crash some messages may be sent twice");
  if (options_.take_back) {
    const IsLive is_dead = [&](std::uint64_t owner) { return Buffer::is_leased(owner) && !buffer_.is_live(owner); };
    TRY(buffer_.update(options_.consumer, [&](ConsumerState& consumer, const State&) -> base::Result<bool> {
      return consumer.take_back(is_dead, sole) > 0;
    }));
  }
  if (!sole) return {};
  const std::optional<ConsumerState> consumer = TRY(buffer_.consumer(options_.consumer));
  claimant_.generation = consumer ? consumer->generation() : 0;
  origin_prefix_ = state.uuid + "/" + std::to_string(found->number()) + "/";
  origin_ = origin_prefix_ + std::to_string(claimant_.generation);
  return {};
}

base::Result<std::string> ConsumerSource::renew_origin(const stream::Greeting& greeting) {
  OriginState theirs;
  theirs.last = greeting.last.value_or(0);
  if (greeting.taken) {
    theirs.fingerprint = greeting.taken->fingerprint;
    theirs.active = greeting.taken->when;
  }
  const std::optional<std::uint64_t> generation = TRY(buffer_.renew_generation(claimant_, theirs));
  if (!generation) return std::string();
  report_(base::Level::warning,
          "peek buffer " + buffer_.path() + ": the receiver has message " + std::to_string(theirs.last) +
              " of another history: this buffer went back in time (a restored backup?) and gave ids anew; its messages "
              "are sent from the first unacknowledged one on, some perhaps twice");
  claimant_.generation = *generation;
  origin_ = origin_prefix_ + std::to_string(*generation);
  return origin_;
}

base::Result<stream::Next> ConsumerSource::read(stream::Batch& batch, std::size_t limit) {
  if (commit_due_) TRY(settle());
  if (stopped_ || handed_out_ >= options_.count) return stream::Next::end;
  if (claimed_.empty() && !TRY(claim_more(limit))) {
    if (rewound_ || !options_.follow) return stream::Next::end;
    return stream::Next::wait;
  }
  TRY(read_claimed(batch, limit));
  return stream::Next::more;
}

base::Result<bool> ConsumerSource::claim_more(std::size_t limit) {
  if (idle_ && !changes_->take()) return false;
  const bool ready = TRY(anything_ready());
  idle_ = !ready && options_.follow;
  if (!ready) return false;
  const std::vector<Range> done = std::exchange(done_, {});
  const std::size_t bytes = std::clamp(limit * 4, kMinClaim, kMaxClaim);
  const std::vector<Range> claimed = TRY(buffer_.claim(claimant_, done, until_, bytes, options_.count - handed_out_));
  claimed_.assign(claimed.begin(), claimed.end());
  if (claimed_.empty() && claimant_.generation != 0) {
    const std::optional<ConsumerState> consumer = TRY(buffer_.consumer(options_.consumer));
    rewound_ = consumer && consumer->generation() != claimant_.generation;
  }
  return !claimed_.empty();
}

// Looks without the writers' lock, which a claim needs.
base::Result<bool> ConsumerSource::anything_ready() {
  const State state = TRY(buffer_.state());
  const std::optional<ConsumerState> consumer = TRY(buffer_.consumer(options_.consumer));
  if (!consumer) return base::fail(base::Kind::no_input, "use consumer '" + options_.consumer + "'", "it was removed");
  return consumer->next_ready().first <= std::min(until_, state.head());
}

base::Result<void> ConsumerSource::read_claimed(stream::Batch& batch, std::size_t limit) {
  Range& next = claimed_.front();
  const std::size_t before = batch.count();
  const Range passed =
      TRY(buffer_.read(next, options_.ids, limit, batch, [this](const Damage& damage) { return on_damage(damage); }));
  const std::uint64_t messages = batch.count() - before;
  handed_out_ += messages;
  if (options_.acknowledge) handed_.push_back({handed_out_, messages, passed});
  next.first = passed.last + 1;
  if (next.empty() || passed.empty()) claimed_.pop_front();
  return {};
}

bool ConsumerSource::on_damage(const Damage& damage) {
  if (!options_.skip_damage) return false;
  damaged_ = true;
  report_(base::Level::error, "read buffer " + buffer_.path() + ": messages " + std::to_string(damage.range.first) +
                                  "-" + std::to_string(damage.range.last) + " are damaged (" + damage.reason +
                                  "); they are set aside and passed over");
  const base::Result<void> aside = buffer_.quarantine(damage.range);
  if (!aside) report_(base::Level::error, aside.error().text());
  return true;
}

base::Result<void> ConsumerSource::acknowledge(std::uint64_t count) {
  if (!options_.acknowledge) return {};
  while (!handed_.empty() && handed_.front().end <= count) {
    done(handed_.front().range);
    handed_.pop_front();
  }
  if (!handed_.empty()) {
    Handed& front = handed_.front();
    const std::uint64_t begin = front.end - front.messages;
    if (count > begin && front.messages == front.range.count()) {
      done({front.range.first, front.range.first + (count - begin) - 1});
      front.range.first += count - begin;
      front.messages -= count - begin;
    }
  }
  const bool many = count - acknowledged_ >= kCommitMessages;
  if (many) {
    acknowledged_ = count;
    return settle();
  }
  if (!commit_soon_.active()) commit_soon_.start(kCommitTime);
  return {};
}

void ConsumerSource::done(Range range) {
  if (range.empty()) return;
  if (!done_.empty() && done_.back().last + 1 == range.first) {
    done_.back().last = range.last;
  } else {
    done_.push_back(range);
  }
}

base::Result<void> ConsumerSource::settle() {
  commit_due_ = false;
  commit_soon_.stop();
  if (done_.empty()) return {};
  const std::vector<Range> done = std::exchange(done_, {});
  (void)TRY(buffer_.claim(claimant_, done, 0, 0, 0));
  return {};
}

base::Result<void> ConsumerSource::close() {
  TRY(settle());
  if (claimed_.empty()) return {};
  const std::deque<Range> unread = std::exchange(claimed_, {});
  return buffer_.update(options_.consumer, [&](ConsumerState& consumer, const State&) -> base::Result<bool> {
    for (const Range& range : unread) consumer.release(range, claimant_.owner);
    return true;
  });
}

}  // namespace logbuf
