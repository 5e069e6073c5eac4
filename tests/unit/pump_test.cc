#include <doctest/doctest.h>

#include "pump_fixture.h"

using namespace pump_test;
using namespace std::chrono_literals;

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
