#include <doctest/doctest.h>

#include "pump_fixture.h"

using namespace pump_test;
using namespace std::chrono_literals;

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
