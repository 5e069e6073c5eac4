// What the tests of pump() share: a source and a sink that do as they are told, and a pump between them.
#pragma once

#include <csignal>
#include <deque>
#include <string>
#include <vector>

#include "stream/flow.h"

namespace pump_test {

using namespace std::chrono_literals;
using base::Kind;
using stream::Batch;
using stream::Next;
using stream::PumpOptions;

// Gives its messages one per read; what it heard stays to be looked at.
struct FakeSource final : stream::Source {
  std::deque<std::string> messages;
  std::uint64_t acknowledged = 0;
  unsigned reads = 0;
  bool endless = false;  // nothing more comes, but it does not end by itself
  bool stopped = false;
  bool receipts_stuck = false;
  std::optional<base::Error> failure;              // instead of the end
  std::optional<base::Error> acknowledge_failure;  // of every acknowledgement
  std::optional<base::Error> late_failure;         // of what an acknowledgement left for later
  std::optional<base::Error> reopen_failure;
  unsigned reopened = 0;
  std::vector<std::optional<base::Instant>> fullness;  // as it was told
  std::function<void()> before_read = [] {};

  base::Result<Next> read(Batch& batch, std::size_t limit) override {
    ++reads;
    before_read();
    CHECK(limit > 0);
    if (!messages.empty()) {
      batch.append(messages.front());
      messages.pop_front();
      return Next::more;
    }
    if (failure) return tl::unexpected(*failure);
    return endless && !stopped ? Next::wait : Next::end;
  }
  base::Result<void> acknowledge(std::uint64_t count) override {
    CHECK(count > acknowledged);
    acknowledged = count;
    if (acknowledge_failure) return tl::unexpected(*acknowledge_failure);
    return {};
  }
  base::Result<bool> flush_receipts() override {
    if (late_failure) return tl::unexpected(*late_failure);
    return !receipts_stuck;
  }
  void set_sink_full_since(std::optional<base::Instant> since) override { fullness.push_back(since); }
  void stop() override { stopped = true; }
  base::Result<void> reopen() override {
    ++reopened;
    if (reopen_failure) return tl::unexpected(*reopen_failure);
    return {};
  }
};

// Takes `capacity` messages, and makes them safe when its timer fires, or at once.
struct FakeSink final : stream::Sink {
  explicit FakeSink(event::Loop& loop)
      : timer(loop, [this] {
          committed = true;
          woken();
        }) {}

  event::Timer timer;
  base::Duration delay{};  // zero: safe in flush()
  std::size_t capacity = 1000;
  std::string got;
  std::uint64_t written = 0;
  std::uint64_t safe_count = 0;
  unsigned finishes = 0;
  unsigned reopened = 0;
  unsigned hurries = 0;
  unsigned cuts = 0;
  std::optional<base::Instant> away;
  bool committed = false;
  bool is_ready = true;
  bool never = false;                  // nothing becomes safe
  std::uint64_t fail_after = 1 << 30;  // messages
  std::function<void()> woken = [] {};

  bool ready() const override { return is_ready; }
  std::size_t room() const override { return written - safe_count < capacity ? 100 : 0; }
  base::Result<void> write(const Batch& batch) override {
    CHECK(room() > 0);
    CHECK(finishes == 0);
    got += batch.block();
    written += batch.count();
    return {};
  }
  base::Result<void> flush() override {
    if (written > fail_after) {
      safe_count = fail_after;
      return base::fail(Kind::io, "write sink", "it is full");
    }
    if (never) return {};
    if (delay == base::Duration::zero() || std::exchange(committed, false)) {
      safe_count = written;
    } else if (written > safe_count && !timer.active()) {
      timer.start(delay);
    }
    return {};
  }
  base::Result<void> finish() override {
    ++finishes;
    return {};
  }
  std::uint64_t safe() const override { return safe_count; }
  bool finished() const override { return finishes > 0 && safe_count == written; }
  std::string state() const override { return "all is well"; }
  std::optional<base::Instant> away_since() const override { return away; }
  base::Result<void> hurry() override {
    ++hurries;
    return {};
  }
  void cut_off() override { ++cuts; }
  base::Result<void> reopen() override {
    ++reopened;
    return {};
  }
};

struct Pumping {
  event::Loop loop = std::move(*event::Loop::create());
  FakeSource source;
  FakeSink sink{loop};
  PumpOptions options;
  std::vector<std::string> reports;

  base::Result<stream::PumpResult> run() {
    return stream::pump(loop, source, sink, options,
                        [this](base::Level, const std::string& text) { reports.push_back(text); });
  }
};

inline base::Error bad_data() {
  return {Kind::data, "read frame", "it is damaged", 0};
}

}  // namespace pump_test
