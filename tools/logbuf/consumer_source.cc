#include "tools/logbuf/consumer_source.h"

#include <algorithm>

#include "tools/logbuf/loss_message.h"

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
      prefetch_(options_.prefetch, base::now()),
      commit_soon_(loop,
                   [this] {
                     if (auto settled = settle(); !settled) failure_ = std::move(settled.error());
                   }),
      wake_(loop, [] {}) {}

base::Result<void> ConsumerSource::begin() {
  claimant_.consumer = options_.consumer;
  claimant_.owner = TRY(buffer_.new_owner(options_.take_back));
  const State state = TRY(buffer_.state());
  if (!options_.follow) until_ = state.head();
  const std::optional<ConsumerState> found = TRY(buffer_.consumer(options_.consumer));
  if (!found) return base::fail(base::Kind::no_input, "use consumer '" + options_.consumer + "'", "it was removed");
  if (found->tells_loss != options_.report_loss) TRY(set_tells_loss());
  const bool sole = options_.origin && TRY(buffer_.take_origin_lease(found->number()));
  if (options_.origin && !sole)
    report_(base::Level::warning, "peek buffer " + buffer_.path() + ": another process sends from consumer '" +
                                      options_.consumer + "' too; after a crash some messages may be sent twice");
  if (options_.take_back) TRY(take_back(sole));
  if (!sole) return {};
  const std::optional<ConsumerState> consumer = TRY(buffer_.consumer(options_.consumer));
  claimant_.generation = consumer ? consumer->generation() : 0;
  origin_prefix_ = state.uuid + "/" + std::to_string(found->number()) + "/";
  origin_ = origin_prefix_ + std::to_string(claimant_.generation);
  return {};
}

base::Result<void> ConsumerSource::set_tells_loss() {
  return buffer_.update(options_.consumer, [this](ConsumerState& consumer, const State&) -> base::Result<bool> {
    consumer.tells_loss = options_.report_loss;
    return true;
  });
}

base::Result<std::string> ConsumerSource::renew_origin(const stream::Greeting& greeting) {
  OriginState theirs;
  theirs.last = greeting.newest().value_or(0);
  if (greeting.taken) {
    if (!options_.rewritten) theirs.fingerprint = greeting.taken->fingerprint;
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
  if (failure_) return tl::unexpected(*failure_);
  if (stopped_ || handed_out_ >= options_.count) return stream::Next::end;
  if (options_.report_loss && !origin_.empty() && !theirs_) return stream::Next::wait;
  if (claimed_.empty())
    if (const stream::Next next = TRY(claim_more(limit)); next != stream::Next::more) return next;
  TRY(read_claimed(batch, limit));
  return stream::Next::more;
}

// `more`: something is claimed.
base::Result<stream::Next> ConsumerSource::claim_more(std::size_t limit) {
  if (idle_ && !changes_->take()) return stream::Next::wait;
  std::optional<std::uint64_t> allowed;
  if (starved_) {
    allowed = prefetch_.allowance(handed_out_ - safe_, base::now());
    if (*allowed == 0) return starve();
  }
  starved_ = false;
  const bool ready = TRY(anything_ready());
  if (rewound_) return stream::Next::end;
  idle_ = !ready && options_.follow;
  if (!ready) return idle_ ? stream::Next::wait : stream::Next::end;
  if (!allowed) allowed = prefetch_.allowance(handed_out_ - safe_, base::now());
  return *allowed == 0 ? starve() : claim(limit, std::min(*allowed, options_.count - handed_out_));
}

// Something is ready, but the sink has to confirm some of what it has.
stream::Next ConsumerSource::starve() {
  starved_ = true;
  if (const auto later = prefetch_.until_more(handed_out_ - safe_, base::now())) wake_.start(*later);
  return stream::Next::wait;
}

// Looks without the writers' lock, which a claim needs.
base::Result<bool> ConsumerSource::anything_ready() {
  const State state = TRY(buffer_.state());
  const std::optional<ConsumerState> consumer = TRY(buffer_.consumer(options_.consumer));
  if (!consumer) return base::fail(base::Kind::no_input, "use consumer '" + options_.consumer + "'", "it was removed");
  if (options_.take_back && consumer->abandoned(is_dead()) > 0) {
    TRY(take_over(consumer->number()));
    return true;
  }
  return consumer->next_ready().first <= std::min(until_, state.head());
}

base::Result<stream::Next> ConsumerSource::claim(std::size_t limit, std::uint64_t messages) {
  const std::size_t bytes = std::clamp(limit * 4, kMinClaim, kMaxClaim);
  const std::vector<Claimed> claimed = TRY(buffer_.claim(claimant_, done_, until_, bytes, messages));
  settled();
  claimed_.assign(claimed.begin(), claimed.end());
  if (!claimed_.empty()) return stream::Next::more;
  if (claimant_.generation != 0) {
    const std::optional<ConsumerState> consumer = TRY(buffer_.consumer(options_.consumer));
    rewound_ = consumer && consumer->generation() != claimant_.generation;
  }
  return options_.follow && !rewound_ ? stream::Next::wait : stream::Next::end;
}

// ---- others that died

IsLive ConsumerSource::is_dead() const {
  return [this](std::uint64_t owner) { return owner != claimant_.owner && buffer_.is_dead(owner); };
}

// Where it was the one that sent under the consumer's origin, this process does so from now on, beginning anew: so
// what the receiver has got already is left out.
base::Result<void> ConsumerSource::take_over(std::uint64_t consumer_number) {
  if (options_.origin && origin_.empty() && TRY(buffer_.take_origin_lease(consumer_number))) {
    rewound_ = true;
    return {};
  }
  return take_back(!origin_.empty());
}

base::Result<void> ConsumerSource::take_back(bool for_origin) {
  return buffer_.update(options_.consumer, [&](ConsumerState& consumer, const State&) -> base::Result<bool> {
    return consumer.take_back(is_dead(), for_origin) > 0;
  });
}

base::Result<void> ConsumerSource::read_claimed(stream::Batch& batch, std::size_t limit) {
  Claimed& next = claimed_.front();
  if (next.lost) {
    TRY(tell_loss(next.range, batch));
    claimed_.pop_front();
    return {};
  }
  const Range passed =
      TRY(options_.report_loss ? read_what_is_there(next.range, batch, limit) : read_range(next.range, batch, limit));
  next.range.first = passed.last + 1;
  if (next.range.empty() || passed.empty()) claimed_.pop_front();
  return {};
}

base::Result<Range> ConsumerSource::read_range(Range range, stream::Batch& batch, std::size_t limit) {
  const std::size_t before = batch.count();
  const Range passed =
      TRY(buffer_.read(range, options_.ids, limit, batch, [this](const Damage& damage) { return on_damage(damage); }));
  note_handed(batch.count() - before, passed);
  return passed;
}

void ConsumerSource::note_handed(std::uint64_t messages, Range range) {
  handed_out_ += messages;
  if (options_.acknowledge) handed_.push_back({handed_out_, messages, range});
}

// Messages may have been dropped since they were claimed: the oldest ones, so that what is missing is what comes first.
base::Result<Range> ConsumerSource::read_what_is_there(Range range, stream::Batch& batch, std::size_t limit) {
  stream::Batch read;
  std::vector<Run> runs;
  bool damaged = false;
  const auto note_damage = [&](const Damage& damage) {
    damaged = true;
    return on_damage(damage);
  };
  const Range passed = TRY(buffer_.read(range, options_.ids, limit, read, note_damage, &runs));
  Range there = passed;
  if (!damaged && !passed.empty()) there.first = runs.empty() ? passed.last + 1 : runs.front().first_id;
  if (there.first > passed.first) TRY(tell_loss({passed.first, there.first - 1}, batch));
  if (!there.empty()) note_handed(read.count(), there);
  if (batch.empty())
    batch.swap(read);
  else
    read.for_each([&](std::size_t i, std::string_view message) {
      options_.ids ? batch.append(read.id(i), message) : batch.append(message);
    });
  return passed;
}

// Under the last of the ids, which no other message has: so it stands where they did, and a receiver that has it
// already takes it for a duplicate. What the receiver had of them before they were dropped is not lost.
base::Result<void> ConsumerSource::tell_loss(Range range, stream::Batch& batch) {
  const std::optional<ConsumerState> consumer = TRY(buffer_.consumer(options_.consumer));
  const base::WallTime now = base::wall_now();
  const base::WallTime since = consumer && consumer->tells_loss ? consumer->lost_since : now;
  Range missed = range;
  if (const std::uint64_t theirs = theirs_.value_or(0); theirs < range.last)
    missed.first = std::max(range.first, theirs + 1);
  const std::string text =
      loss_message(missed.count(), since, now, "before they were acknowledged", options_.loss_form);
  if (options_.ids)
    batch.append(range.last, text);
  else
    batch.append(text);
  note_handed(1, range);
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
  safe_ = count;
  prefetch_.confirmed(count, base::now());
  if (starved_) wake_.start(base::Duration::zero());
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
  if (count - settled_ >= kCommitMessages) return settle();
  if (!commit_soon_.active()) commit_soon_.start(kCommitTime);
  return {};
}

base::Result<bool> ConsumerSource::flush_receipts() {
  if (failure_) return tl::unexpected(*failure_);
  return true;
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
  if (!done_.empty()) (void)TRY(buffer_.claim(claimant_, done_, 0, 0, 0));
  settled();
  return {};
}

void ConsumerSource::settled() {
  done_.clear();
  commit_soon_.stop();
  settled_ = safe_;
}

base::Result<void> ConsumerSource::close() {
  TRY(settle());
  if (claimed_.empty()) return {};
  const std::deque<Claimed> unread = std::exchange(claimed_, {});
  return buffer_.update(options_.consumer, [&](ConsumerState& consumer, const State&) -> base::Result<bool> {
    for (const Claimed& claimed : unread) consumer.release(claimed.range, claimant_.owner);
    return true;
  });
}

}  // namespace logbuf
