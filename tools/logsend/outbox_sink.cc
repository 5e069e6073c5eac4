#include "tools/logsend/outbox_sink.h"

#include <algorithm>
#include <utility>

namespace logsend {

using base::Result;

OutboxSink::OutboxSink(event::Loop& loop, const OutboxSinkOptions& options)
    : outbox_(options.outbox),
      backoff_(options.seed),
      pause_(loop, [this] { go_on(); }),
      batch_time_(options.batch_time),
      drain_time_(options.drain_time),
      on_reject_(options.on_reject),
      batch_(loop, [this] { send(); }),
      drain_(loop, [this] { give_up(); }) {}

Result<void> OutboxSink::flush() {
  send();
  progressed();  // all of it may have been left out
  if (error_) return tl::unexpected(*error_);
  return {};
}

Result<void> OutboxSink::finish() {
  life_.finish();
  if (waiting() == 0) {
    close_down();
    return {};
  }
  drain_.start(drain_time_);
  return hurry();  // a long pause could outlast the time that is left
}

Result<void> OutboxSink::hurry() {
  backoff_.reset();
  if (!pause_.active()) return {};
  pause_.stop();
  go_on();
  return {};
}

void OutboxSink::settle(std::uint64_t number) {
  outbox_.settle(number);
  progressed();
}

// ---- sending

std::unique_ptr<Load> OutboxSink::next_load() {
  const bool at_once = batch_time_ == base::Duration::zero() || life_.is_ending();
  if (!at_once)
    outbox_.close_due(base::now(), batch_time_);
  else if (!outbox_.has_closed())
    outbox_.close_oldest();
  return outbox_.take();
}

void OutboxSink::wait_for_more() {
  const auto since = outbox_.oldest_open();
  if (batch_time_ == base::Duration::zero() || !since || batch_.active()) return;
  batch_.start(std::max<base::Duration>(*since + batch_time_ - base::now(), std::chrono::milliseconds(1)));
}

void OutboxSink::reject(const Load& load) {
  if (!on_reject_) {
    error_ = {base::Kind::data, place(),
              std::string("the ") + words().peer + " rejects a message: " + load.refusal + "; see --on-reject"};
    return;
  }
  const std::uint64_t number = load.numbers.front();
  outbox_.pass(load);
  const std::string_view text = load.texts.count() > 0 ? load.texts[0] : std::string_view();
  const auto settlement = on_reject_({number, text, load.refusal});
  if (!settlement)
    error_ = settlement.error();
  else if (*settlement == codec::Settlement::settled)
    settle(number);
}

void OutboxSink::pause_for(base::Duration time) {
  pause_end_ = base::now() + time;
  pause_.start(time);
}

// ---- the end

void OutboxSink::progressed() {
  if (error_ || finished()) return;
  const bool more_is_safe = std::exchange(reported_safe_, safe()) < safe();
  if (!life_.is_finishing()) return;
  if (waiting() == 0) return close_down();
  if (more_is_safe) drain_.start(drain_time_);
}

void OutboxSink::close_down() {
  if (!life_.end()) return;
  drain_.stop();
  pause_.stop();
  closed_down();
}

void OutboxSink::give_up() {
  error_ = {base::Kind::temporary, places(),
            base::count_of(waiting(), "message") + (waiting() == 1 ? " was" : " were") + " not " + words().done +
                " within " + base::format_duration(drain_time_) + "; run again"};
}

// ---- for people

std::string OutboxSink::waits() const {
  if (waiting() == 0) return "";
  return ", " + base::count_of(waiting(), "message") + (waiting() == 1 ? " is" : " are") + " waiting";
}

std::string OutboxSink::pausing() const {
  const auto left = std::max<base::Duration>(pause_end_ - base::now(), base::Duration::zero());
  return "waiting " + base::format_duration(std::chrono::ceil<std::chrono::seconds>(left)) + " (" + failure_ + ")";
}

}  // namespace logsend
