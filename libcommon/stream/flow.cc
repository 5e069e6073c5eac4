#include "stream/flow.h"

#include <algorithm>
#include <csignal>

#include "base/units.h"
#include "stream/rate.h"

namespace stream {
namespace {

constexpr std::size_t kBatchBytes = 1 << 20;
constexpr base::Duration kProgressEvery = std::chrono::milliseconds(200);
constexpr base::Duration kStateEvery = std::chrono::seconds(1);
// timeout(1) and some shells signal a process and then its group: that is one request to stop, not two.
constexpr base::Duration kSameRequest = std::chrono::milliseconds(100);

class Pump {
 public:
  Pump(event::Loop& loop, Source& source, Sink& sink, const PumpOptions& options, const base::Report& report)
      : loop_(loop),
        source_(source),
        sink_(sink),
        options_(options),
        report_(report),
        rate_(options.rate, base::now()),
        shown_(base::now()),
        terminate_(loop, SIGTERM, [this] { asked_to_stop(); }),
        interrupt_(loop, SIGINT, [this] { asked_to_stop(); }),
        hang_up_(loop, SIGHUP, [this] { reopen_ = true; }),
        user_(loop, SIGUSR1, [this] { report_state(); }) {}

  base::Result<PumpResult> run();

 private:
  base::Result<void> move_all();
  base::Result<void> obey_signals(base::Instant now);
  base::Result<void> check_away(base::Instant now) const;
  [[nodiscard]] std::optional<base::Instant> hopeless_at() const;
  base::Result<void> reopen();
  base::Result<void> pull(base::Instant now);
  Next read(std::size_t room, std::uint64_t allowance);
  void acknowledge();
  void flush_receipts();
  void tell_room(base::Instant now);
  void show_progress(base::Instant now);
  void enter(Phase phase) const;
  void tell_ready();
  void tell_state(base::Instant now);
  [[nodiscard]] std::string state() const;
  [[nodiscard]] std::optional<base::Duration> timeout();

  void asked_to_stop();
  void report_state();
  void source_failed(base::Error error);
  void unheard(base::Error error);

  event::Loop& loop_;
  Source& source_;
  Sink& sink_;
  const PumpOptions& options_;
  const base::Report& report_;

  Batch batch_;
  Rate rate_;
  Totals totals_;
  base::Instant shown_;                         // when progress was last shown
  std::optional<base::Instant> state_told_;     // when it was last looked at
  std::string state_;                           // as it was told
  bool state_due_ = false;                      // it may have changed since
  bool ready_ = false;                          // told so
  std::optional<base::Error> source_error_;     // kept until what came before it is safe
  std::optional<base::Instant> stop_asked_;     // by a signal
  std::optional<base::Instant> waiting_since_;  // a message does, and nothing became safe
  std::optional<base::Instant> full_since_;     // the sink, as the source was told
  bool hurried_ = false;
  bool stop_passed_on_ = false;  // to the source
  bool give_up_ = false;
  bool reopen_ = false;
  bool idle_ = false;    // the source had nothing when it was last asked, and was asked since the last wait
  bool ended_ = false;   // the source is not read any more
  bool flushed_ = true;  // what the source was told has left it
  bool finishing_ = false;
  event::Signal terminate_;
  event::Signal interrupt_;
  event::Signal hang_up_;
  event::Signal user_;
};

base::Result<PumpResult> Pump::run() {
  auto moved = move_all();
  if (!sink_.finished()) sink_.cut_off();
  acknowledge();
  flush_receipts();
  if (!moved) {
    if (source_error_ && report_) report_(base::Level::error, source_error_->text());
    return tl::unexpected(std::move(moved.error()));
  }
  if (source_error_) return tl::unexpected(std::move(*source_error_));
  if (!flushed_)
    return base::fail(base::Kind::temporary, "pass on receipts", "their reader does not take them; run again");
  return PumpResult{totals_, ended_ && totals_.safe == totals_.messages, stop_asked_.has_value()};
}

base::Result<void> Pump::move_all() {
  for (;;) {
    const base::Instant now = base::now();
    TRY(obey_signals(now));
    if (give_up_) return {};
    tell_ready();
    TRY(pull(now));
    if (ended_ && !finishing_) {
      finishing_ = true;
      TRY(sink_.finish());
    }
    TRY(sink_.flush());
    acknowledge();
    flush_receipts();
    if (give_up_ || (finishing_ && sink_.finished() && flushed_)) return {};
    TRY(check_away(now));
    show_progress(now);
    tell_state(now);
    tell_room(now);
    loop_.wait(timeout());
  }
}

base::Result<void> Pump::obey_signals(base::Instant now) {
  if (std::exchange(reopen_, false)) TRY(reopen());
  if (!stop_asked_) return {};
  if (!std::exchange(hurried_, true)) TRY(sink_.hurry());
  if (!stop_passed_on_ && now >= *stop_asked_ + options_.linger) {
    stop_passed_on_ = true;
    source_.stop();
  }
  if (now >= *stop_asked_ + options_.drain_time) give_up_ = true;
  return {};
}

base::Result<void> Pump::reopen() {
  if (std::exchange(ready_, false)) enter(Phase::reloading);
  if (const auto reopened = source_.reopen(); !reopened && report_)
    report_(base::Level::error, reopened.error().text() + "; what was loaded before stays in use");
  return sink_.reopen();
}

base::Result<void> Pump::pull(base::Instant now) {
  idle_ = false;
  if (ended_) return {};
  const std::size_t room = sink_.room();
  const std::uint64_t allowance = rate_.allowance(now);
  if (room == 0 || allowance == 0) return {};

  batch_.clear();
  const Next next = read(std::min(room, kBatchBytes), allowance);
  idle_ = next == Next::wait;
  if (next == Next::end) ended_ = true;
  if (batch_.empty()) return {};
  if (!waiting_since_) waiting_since_ = now;
  totals_.messages += batch_.count();
  totals_.bytes += batch_.bytes();
  rate_.take(batch_.count());
  return sink_.write(batch_);
}

// With a rate, asks for as many bytes as messages are allowed: as each has one at least, never too many come. That
// takes several calls, but the sink still gets one batch.
Next Pump::read(std::size_t room, std::uint64_t allowance) {
  for (;;) {
    const std::size_t before = batch_.count();
    const std::size_t bytes = room - batch_.bytes();
    const auto limit = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, allowance - before));
    auto next = source_.read(batch_, limit);
    if (!next) {
      source_failed(std::move(next.error()));
      return Next::end;
    }
    const bool enough = batch_.count() >= allowance || batch_.bytes() >= room || batch_.count() == before;
    if (*next != Next::more || enough || !rate_.limited()) return *next;
  }
}

void Pump::acknowledge() {
  const std::uint64_t safe = sink_.safe();
  const bool more = safe > std::exchange(totals_.safe, std::max(safe, totals_.safe));
  if (more) waiting_since_ = safe < totals_.messages ? std::optional(base::now()) : std::nullopt;
  if (!more) return;
  if (auto told = source_.acknowledge(safe); !told) unheard(std::move(told.error()));
}

void Pump::flush_receipts() {
  auto flushed = source_.flush_receipts();
  flushed_ = flushed.value_or(true);
  if (!flushed) unheard(std::move(flushed.error()));
}

// Nobody hears what is safe any more, so somebody else will send again all that was not: more of it would be twice.
void Pump::unheard(base::Error error) {
  source_failed(std::move(error));
  give_up_ = true;
}

void Pump::tell_room(base::Instant now) {
  const bool full = !ended_ && sink_.room() == 0;
  if (full == full_since_.has_value()) return;
  full_since_ = full ? std::optional(now) : std::nullopt;
  source_.set_sink_full_since(full_since_);
}

std::optional<base::Instant> Pump::hopeless_at() const {
  if (!options_.retry_time || !waiting_since_) return {};
  const auto away = sink_.away_since();
  if (!away) return {};
  return std::max(*away, *waiting_since_) + *options_.retry_time;
}

base::Result<void> Pump::check_away(base::Instant now) const {
  const auto at = hopeless_at();
  if (!at || now < *at) return {};
  return base::fail(base::Kind::temporary, "deliver messages",
                    "nothing could be delivered for " + base::format_duration(*options_.retry_time) + " (" +
                        sink_.state() + "); run again");
}

void Pump::source_failed(base::Error error) {
  ended_ = true;
  if (!source_error_) source_error_ = std::move(error);
}

void Pump::asked_to_stop() {
  const base::Instant now = base::now();
  if (!stop_asked_) {
    stop_asked_ = now;
    enter(Phase::stopping);
  } else if (now - *stop_asked_ >= kSameRequest) {
    give_up_ = true;
  }
}

std::string Pump::state() const {
  const std::string source = source_.state();
  return base::count_of(totals_.messages, "message") + " (" + base::format_bytes({totals_.bytes}) + ") taken, " +
         std::to_string(totals_.safe) + " safe; " + (source.empty() ? "" : source + "; ") + sink_.state();
}

void Pump::report_state() {
  if (report_) report_(base::Level::note, state());
}

void Pump::enter(Phase phase) const {
  if (options_.phase && (phase == Phase::stopping || !stop_asked_)) options_.phase(phase);
}

void Pump::tell_ready() {
  if (ready_ || !sink_.ready()) return;
  ready_ = true;
  enter(Phase::ready);
}

// Every change wakes the loop, so that one look a second after the last wake is enough, and an idle process sleeps.
void Pump::tell_state(base::Instant now) {
  if (!options_.state) return;
  state_due_ = state_told_ && now - *state_told_ < kStateEvery;
  if (state_due_) return;
  state_told_ = now;
  std::string current = state();
  if (current == state_) return;
  state_ = std::move(current);
  options_.state(state_);
}

void Pump::show_progress(base::Instant now) {
  if (!options_.progress || now - shown_ < kProgressEvery) return;
  shown_ = now;
  options_.progress(totals_);
}

std::optional<base::Duration> Pump::timeout() {
  const base::Instant now = base::now();
  std::optional<base::Duration> shortest;
  const auto at_most = [&](base::Duration duration) {
    duration = std::max(duration, base::Duration::zero());
    if (!shortest || duration < *shortest) shortest = duration;
  };
  if (ended_ && !finishing_) at_most(base::Duration::zero());
  if (!ended_ && !idle_ && sink_.room() > 0)
    at_most(rate_.allowance(now) > 0 ? base::Duration::zero() : rate_.until_ready());
  if (stop_asked_) {
    at_most(*stop_asked_ + options_.drain_time - now);
    if (!stop_passed_on_) at_most(*stop_asked_ + options_.linger - now);
  }
  if (const auto at = hopeless_at()) at_most(*at - now);
  if (state_due_) at_most(*state_told_ + kStateEvery - now);
  if (options_.progress) at_most(shown_ + kProgressEvery - now);
  return shortest;
}

}  // namespace

base::Result<PumpResult> pump(event::Loop& loop, Source& source, Sink& sink, const PumpOptions& options,
                              const base::Report& report) {
  return Pump(loop, source, sink, options, report).run();
}

}  // namespace stream
