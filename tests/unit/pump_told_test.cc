#include <doctest/doctest.h>

#include "pump_fixture.h"

using namespace pump_test;
using namespace std::chrono_literals;

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
