#include <doctest/doctest.h>

#include <csignal>
#include <deque>
#include <string>
#include <vector>

#include "stream/flow.h"

using namespace std::chrono_literals;
using base::Kind;
using stream::Batch;
using stream::Next;
using stream::PumpOptions;

namespace {

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

base::Error bad_data() {
  return {Kind::data, "read frame", "it is damaged", 0};
}

}  // namespace

TEST_CASE("pump moves everything in order and says that it is complete") {
  Pumping pumping;
  pumping.source.messages = {"one", "two", "", "four"};
  const auto result = pumping.run();
  REQUIRE(result);
  CHECK(pumping.sink.got == "one\ntwo\n\nfour\n");
  CHECK(pumping.sink.finishes == 1);
  CHECK(pumping.source.acknowledged == 4);
  CHECK(result->totals.messages == 4);
  CHECK(result->totals.bytes == 14);
  CHECK(result->totals.safe == 4);
  CHECK(result->complete);
  CHECK_FALSE(result->stopped);
}

TEST_CASE("pump of nothing finishes the sink") {
  Pumping pumping;
  const auto result = pumping.run();
  REQUIRE(result);
  CHECK(result->complete);
  CHECK(pumping.sink.finishes == 1);
}

TEST_CASE("a full sink is waited for, without reading and without spinning") {
  Pumping pumping;
  pumping.source.messages.assign(10, "x");
  pumping.sink.capacity = 2;
  pumping.sink.delay = 2ms;
  const auto result = pumping.run();
  REQUIRE(result);
  CHECK(result->complete);
  CHECK(pumping.source.acknowledged == 10);
  CHECK(pumping.source.reads <= 20);
}

TEST_CASE("a source that was woken while the sink was full is read once there is room") {
  Pumping pumping;
  pumping.source.messages = {"first"};
  pumping.source.endless = true;
  pumping.sink.capacity = 1;
  pumping.sink.delay = 1ms;
  // The only event is the sink's; by then the source has more and would not wake anybody again.
  pumping.sink.woken = [&] {
    if (pumping.source.messages.empty() && pumping.sink.written == 1) pumping.source.messages = {"second"};
    if (pumping.sink.written == 2) pumping.source.endless = false;
  };
  const auto result = pumping.run();
  REQUIRE(result);
  CHECK(pumping.sink.got == "first\nsecond\n");
  CHECK(result->complete);
}

TEST_CASE("a source that fails gets what came before delivered, then its error is returned") {
  Pumping pumping;
  pumping.source.messages = {"one", "two"};
  pumping.source.failure = bad_data();
  pumping.sink.delay = 1ms;
  const auto result = pumping.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::data);
  CHECK(pumping.sink.got == "one\ntwo\n");
  CHECK(pumping.sink.finishes == 1);
  CHECK(pumping.source.acknowledged == 2);
}

TEST_CASE("a source that cannot take acknowledgements ends the stream at once: it will be sent again") {
  Pumping pumping;
  pumping.source.messages.assign(5, "x");
  pumping.source.acknowledge_failure = base::Error{Kind::io, "write receipts", "Broken pipe", 0};
  const auto result = pumping.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().what == "write receipts");
  CHECK(pumping.sink.finishes == 0);
}

TEST_CASE("at the end of the stream too: nothing more is waited for") {
  Pumping pumping;
  pumping.source.messages = {"one", "two"};
  pumping.source.acknowledge_failure = base::Error{Kind::io, "write receipts", "Broken pipe", 0};
  pumping.sink.never = true;
  bool late = false;
  event::Timer one_is_safe(pumping.loop, [&] { pumping.sink.safe_count = 1; });
  event::Timer much_later(pumping.loop, [&] { late = true; });
  one_is_safe.start(1ms);
  much_later.start(2s);
  const auto result = pumping.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().what == "write receipts");
  CHECK(pumping.sink.finishes == 1);
  CHECK_FALSE(late);
}

TEST_CASE("an acknowledgement that fails later ends the stream, also while the sink is full") {
  Pumping pumping;
  pumping.source.messages = {"one", "two"};
  pumping.source.endless = true;
  pumping.sink.capacity = 1;
  pumping.sink.never = true;
  event::Timer fails(pumping.loop, [&] { pumping.source.late_failure = bad_data(); });
  fails.start(1ms);
  const auto result = pumping.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().what == "read frame");
  CHECK(pumping.sink.finishes == 0);
}

TEST_CASE("when the sink fails, what is safe is acknowledged before its error is returned") {
  Pumping pumping;
  pumping.source.messages.assign(10, "x");
  pumping.sink.fail_after = 4;
  const auto result = pumping.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().text() == "write sink: it is full");
  CHECK(pumping.source.acknowledged == 4);
}

TEST_CASE("when both fail neither error is lost") {
  Pumping pumping;
  pumping.source.messages = {"x"};
  pumping.source.failure = bad_data();
  pumping.sink.delay = 1ms;
  pumping.sink.woken = [&] { pumping.sink.fail_after = 0; };
  const auto result = pumping.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::io);
  CHECK(pumping.reports == std::vector<std::string>{"read frame: it is damaged"});
}

TEST_CASE("SIGTERM and SIGINT stop the source and drain the sink") {
  for (const int signal : {SIGTERM, SIGINT}) {
    Pumping pumping;
    pumping.source.messages = {"one", "two"};
    pumping.source.endless = true;
    pumping.sink.delay = 1ms;
    pumping.source.before_read = [&] {
      if (pumping.source.reads == 2) std::raise(signal);
    };
    const auto result = pumping.run();
    REQUIRE(result);
    CHECK(result->stopped);
    CHECK(result->complete);
    CHECK(pumping.source.stopped);
    CHECK(pumping.source.acknowledged == 2);
  }
}

TEST_CASE("what is not safe within the drain time is left") {
  Pumping pumping;
  pumping.source.messages = {"one"};
  pumping.source.endless = true;
  pumping.sink.never = true;
  pumping.options.drain_time = 5ms;
  pumping.source.before_read = [&] {
    if (pumping.source.reads == 1) std::raise(SIGTERM);
  };
  const auto result = pumping.run();
  REQUIRE(result);
  CHECK(result->stopped);
  CHECK_FALSE(result->complete);
  CHECK(pumping.sink.finishes == 1);
}

TEST_CASE("a signal cuts the sink's pauses short, also while it is full; when time is up it is cut off") {
  Pumping pumping;
  pumping.source.messages = {"one", "two"};
  pumping.source.endless = true;
  pumping.sink.never = true;
  pumping.sink.capacity = 1;
  pumping.options.drain_time = 5ms;
  pumping.source.before_read = [] { std::raise(SIGTERM); };
  REQUIRE(pumping.run());
  CHECK(pumping.sink.hurries == 1);
  CHECK(pumping.sink.cuts == 1);
}

TEST_CASE("receipts that their reader does not take are no success") {
  Pumping pumping;
  pumping.source.messages = {"one"};
  pumping.source.receipts_stuck = true;
  pumping.options.drain_time = 5ms;
  pumping.source.before_read = [&] {
    if (pumping.source.reads == 1) std::raise(SIGTERM);
  };
  const auto result = pumping.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::temporary);
}

TEST_CASE("with a retry time a sink whose destination is away is given up while its input is open") {
  Pumping pumping;
  pumping.source.messages = {"one"};
  pumping.source.endless = true;
  pumping.sink.never = true;
  pumping.sink.away = base::now() - 1h;
  pumping.options.retry_time = 5ms;
  const auto result = pumping.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Kind::temporary);
  CHECK(result.error().why == "nothing could be delivered for 5 ms (all is well); run again");
}

TEST_CASE("a destination that is away while nothing waits, or that is only slow, is no reason to give up") {
  Pumping pumping;
  pumping.source.endless = true;
  pumping.sink.away = base::now() - 1h;
  pumping.options.retry_time = 1ms;
  pumping.options.drain_time = 5ms;
  event::Timer idle(pumping.loop, [&] {
    pumping.sink.away.reset();
    pumping.sink.never = true;
    pumping.source.messages = {"one"};
  });
  event::Timer end(pumping.loop, [] { std::raise(SIGTERM); });
  idle.start(20ms);
  end.start(40ms);
  const auto result = pumping.run();
  REQUIRE(result);
  CHECK(result->totals.messages == 1);
}

TEST_CASE("with a linger time the source is read on towards its end after a signal") {
  Pumping pumping;
  pumping.source.messages = {"one", "two", "three"};
  pumping.options.linger = 1h;
  pumping.options.drain_time = 2h;
  pumping.source.before_read = [&] {
    if (pumping.source.reads == 1) std::raise(SIGTERM);
  };
  const auto result = pumping.run();
  REQUIRE(result);
  CHECK(result->stopped);
  CHECK(result->complete);
  CHECK_FALSE(pumping.source.stopped);
  CHECK(pumping.sink.written == 3);
}

TEST_CASE("when the linger time is over the source is stopped") {
  Pumping pumping;
  pumping.source.endless = true;
  pumping.options.linger = 2ms;
  pumping.source.before_read = [&] {
    if (pumping.source.reads == 1) std::raise(SIGTERM);
  };
  const auto result = pumping.run();
  REQUIRE(result);
  CHECK(result->complete);
  CHECK(pumping.source.stopped);
}

TEST_CASE("a second signal ends the draining, but not one that follows at once") {
  Pumping pumping;
  pumping.source.messages = {"one"};
  pumping.source.endless = true;
  pumping.sink.never = true;
  pumping.options.drain_time = 1h;
  event::Timer at_once(pumping.loop, [] { std::raise(SIGTERM); });
  event::Timer later(pumping.loop, [] { std::raise(SIGINT); });
  const auto started = base::now();
  pumping.source.before_read = [&] {
    if (pumping.source.reads > 1) return;
    std::raise(SIGTERM);
    at_once.start(5ms);
    later.start(130ms);
  };
  const auto result = pumping.run();
  REQUIRE(result);
  CHECK_FALSE(result->complete);
  CHECK(base::now() - started >= 100ms);
}

TEST_CASE("SIGUSR1 reports the state, SIGHUP reopens both ends") {
  Pumping pumping;
  pumping.source.messages = {"one", "two", "three"};
  pumping.source.before_read = [&] {
    if (pumping.source.reads == 3) std::raise(SIGUSR1);
    if (pumping.source.reads == 3) std::raise(SIGHUP);
  };
  REQUIRE(pumping.run());
  CHECK(pumping.reports == std::vector<std::string>{"3 messages (14 B) taken, 3 safe; all is well"});
  CHECK(pumping.source.reopened == 1);
  CHECK(pumping.sink.reopened == 1);
}

TEST_CASE("a source that cannot be reopened is reported and goes on") {
  Pumping pumping;
  pumping.source.messages = {"one", "two", "three"};
  pumping.source.reopen_failure = base::Error{Kind::config, "load key k", "it is damaged"};
  pumping.source.before_read = [&] {
    if (pumping.source.reads == 1) std::raise(SIGHUP);
  };
  REQUIRE(pumping.run());
  CHECK(pumping.reports == std::vector<std::string>{"load key k: it is damaged; what was loaded before stays in use"});
  CHECK(pumping.sink.written == 3);
}

TEST_CASE("a rate is kept, in batches, without spinning") {
  Pumping pumping;
  pumping.source.messages.assign(40, "x");
  pumping.options.rate = 1000;  // 100 at once, so the first 40 go in one batch
  REQUIRE(pumping.run());
  CHECK(pumping.sink.written == 40);

  Pumping slow;
  slow.source.messages.assign(5, "x");
  slow.options.rate = 200;  // 20 at once
  slow.source.messages.assign(30, "x");
  const auto started = base::now();
  REQUIRE(slow.run());
  CHECK(base::now() - started >= 45ms);
  CHECK(slow.source.acknowledged == 30);
  CHECK(slow.source.reads < 40);
}

TEST_CASE("progress is shown while something moves") {
  Pumping pumping;
  pumping.source.endless = true;
  pumping.source.messages = {"one"};
  std::vector<std::uint64_t> shown;
  pumping.options.progress = [&](const stream::Totals& totals) {
    shown.push_back(totals.safe);
    pumping.source.endless = false;
  };
  REQUIRE(pumping.run());
  CHECK(shown == std::vector<std::uint64_t>{1});
}

namespace {

using stream::Phase;

// A pump that a service manager listens to.
struct ToldPumping : Pumping {
  std::vector<Phase> phases;
  std::vector<std::string> states;

  ToldPumping() {
    options.phase = [this](Phase phase) { phases.push_back(phase); };
    options.state = [this](const std::string& state) { states.push_back(state); };
  }
};

}  // namespace

TEST_CASE("ready is told once, when the sink is") {
  ToldPumping pumping;
  pumping.source.messages = {"one", "two", "three"};
  pumping.sink.is_ready = false;
  pumping.source.before_read = [&] {
    CHECK(pumping.phases.empty() == (pumping.source.reads <= 3));
    if (pumping.source.reads == 3) pumping.sink.is_ready = true;
  };
  REQUIRE(pumping.run());
  CHECK(pumping.phases == std::vector{Phase::ready});
}

TEST_CASE("ready is told also when nothing is to be done") {
  ToldPumping pumping;
  REQUIRE(pumping.run());
  CHECK(pumping.phases == std::vector{Phase::ready});
}

TEST_CASE("reloading is told, and ready when that is done") {
  ToldPumping pumping;
  pumping.source.messages = {"one", "two"};
  pumping.source.before_read = [&] {
    if (pumping.source.reads == 1) std::raise(SIGHUP);
  };
  REQUIRE(pumping.run());
  CHECK(pumping.phases == std::vector{Phase::ready, Phase::reloading, Phase::ready});
}

TEST_CASE("stopping is told once, and is the last") {
  ToldPumping pumping;
  pumping.source.endless = true;
  pumping.sink.is_ready = false;
  pumping.source.before_read = [&] {
    if (pumping.source.reads > 1) return;
    std::raise(SIGTERM);
    std::raise(SIGHUP);
    pumping.sink.is_ready = true;
  };
  REQUIRE(pumping.run());
  CHECK(pumping.phases == std::vector{Phase::stopping});
}

TEST_CASE("a state is told when it has changed, at most once a second, also when nothing happens any more") {
  ToldPumping pumping;
  pumping.source.messages = {"one", "two", "three"};
  pumping.source.endless = true;
  std::vector<base::Instant> told;
  pumping.options.state = [&](const std::string& state) {
    told.push_back(base::now());
    pumping.states.push_back(state);
    if (told.size() == 2) std::raise(SIGTERM);
  };
  REQUIRE(pumping.run());
  REQUIRE(told.size() == 2);
  CHECK(told[1] - told[0] >= 1s);
  CHECK(pumping.states[0] == "1 message (4 B) taken, 1 safe; all is well");
  CHECK(pumping.states[1] == "3 messages (14 B) taken, 3 safe; all is well");
}

TEST_CASE("pump tells the source since when the sink is full, and when it has room again") {
  Pumping pumping;
  pumping.source.messages = {"one", "two"};
  pumping.sink.capacity = 1;
  pumping.sink.delay = 1ms;
  const base::Instant start = base::now();
  REQUIRE(pumping.run());
  const auto& told = pumping.source.fullness;
  REQUIRE(told.size() >= 2);
  REQUIRE(told[0]);
  CHECK(*told[0] >= start);
  CHECK(!told[1]);
}
