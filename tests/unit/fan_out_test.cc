#include "stream/fan_out.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "stream/output.h"
#include "tests/unit/output_fixture.h"

namespace {

using stream::FanOut;
using stream::Greeting;
using stream::Strength;

// What a test says of one sink.
struct Sink final : stream::Sink {
  explicit Sink(stream::OutputOptions chosen) : options(std::move(chosen)), origin(options.origin) {}

  stream::OutputOptions options;
  std::string origin;
  std::vector<std::string> got;  // "ID MESSAGE"
  std::uint64_t confirmed = 0;
  std::size_t free = 1 << 20;
  std::optional<Strength> is = Strength::stored;
  bool is_ready = true;
  bool has_finished = false;
  base::Result<void> next_flush;

  [[nodiscard]] bool ready() const override { return is_ready; }
  [[nodiscard]] std::optional<Strength> strength() const override { return is; }
  [[nodiscard]] std::size_t room() const override { return free; }
  base::Result<void> write(const stream::Batch& batch) override {
    batch.for_each([&](std::size_t index, std::string_view message) {
      got.push_back(std::string(batch.id(index)) + " " + std::string(message));
    });
    return {};
  }
  base::Result<void> flush() override { return next_flush; }
  base::Result<void> finish() override {
    has_finished = true;
    return {};
  }
  [[nodiscard]] std::uint64_t safe() const override { return confirmed; }
  [[nodiscard]] bool finished() const override { return has_finished && confirmed == got.size(); }
  [[nodiscard]] std::string state() const override { return options.command.front(); }
  void use_origin(const std::string& fresh) override { origin = fresh; }
};

constexpr stream::Route kDefault = stream::kDefaultRoute;
constexpr stream::Route kA = 2;
constexpr stream::Route kB = 4;

struct Fixture {
  std::vector<Sink*> sinks;
  std::unique_ptr<FanOut> all;
  std::string routing = "r1";
  std::vector<Greeting> told;

  void open(std::size_t window_messages = 1000, const std::string& origin = {}) {
    stream::OutputOptions options;
    options.command = {"default"};
    options.to = {{"a", {"one"}}, {"b", {"two"}}};
    options.window_messages = window_messages;
    options.origin = origin;
    options.routing = [this] { return routing; };
    options.renew_origin = [](const Greeting& greeting) -> base::Result<std::string> {
      return greeting.last > 100U ? "fresh" : "";
    };
    options.on_greeting = [this](const Greeting& greeting) { told.push_back(greeting); };
    auto opened =
        FanOut::open(options, [this](stream::OutputOptions one) -> base::Result<std::unique_ptr<stream::Sink>> {
          auto sink = std::make_unique<Sink>(std::move(one));
          sinks.push_back(sink.get());
          return sink;
        });
    REQUIRE(opened);
    all = std::move(*opened);
  }

  // Messages 1, 2, ... with these routes.
  void write(const std::vector<stream::Route>& routes) {
    stream::Batch batch;
    for (const stream::Route route : routes) {
      ++count;
      batch.append(count, "m" + std::to_string(count));
      if (route != 0) batch.set_route(route);
    }
    REQUIRE(all->write(batch));
  }
  std::uint64_t safe(std::uint64_t of_default, std::uint64_t of_a, std::uint64_t of_b) {
    sinks[0]->confirmed = of_default;
    sinks[1]->confirmed = of_a;
    sinks[2]->confirmed = of_b;
    REQUIRE(all->flush());
    return all->safe();
  }

 private:
  std::uint64_t count = 0;
};

using Got = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a message goes with its id to the sinks of its route, and to the default one without one") {
  open();
  write({0, kA, kA | kB, kDefault | kB});
  CHECK(sinks[0]->got == Got{"1 m1", "4 m4"});
  CHECK(sinks[1]->got == Got{"2 m2", "3 m3"});
  CHECK(sinks[2]->got == Got{"3 m3", "4 m4"});
}

TEST_CASE_FIXTURE(Fixture, "a batch without routes goes to the default sink as it is") {
  open();
  write({0, 0});
  CHECK(sinks[0]->got == Got{"1 m1", "2 m2"});
  CHECK(sinks[1]->got.empty());
}

TEST_CASE_FIXTURE(Fixture, "a message is safe when all its sinks have it, and those before it are safe") {
  open();
  write({0, kA, kA | kB, kB, 0});
  CHECK(safe(0, 0, 0) == 0);
  CHECK(safe(0, 1, 2) == 0);
  CHECK(safe(1, 1, 2) == 2);
  CHECK(safe(1, 2, 2) == 4);
  CHECK(safe(2, 2, 2) == 5);
}

TEST_CASE_FIXTURE(Fixture, "what one sink lacks of a message that goes to two is not safe") {
  open();
  write({kA | kB, kA});
  CHECK(safe(0, 2, 0) == 0);
  CHECK(safe(0, 2, 1) == 2);
}

TEST_CASE_FIXTURE(Fixture, "nothing is taken while one sink is full, or a window lies between the first and the last") {
  open(8);
  CHECK(all->room() > 0);
  sinks[2]->free = 0;
  CHECK(all->room() == 0);
  sinks[2]->free = 100;
  CHECK(all->room() == 100);
  write({kA, 0, 0, 0, 0, 0, 0, 0});
  CHECK(safe(7, 0, 0) == 0);
  CHECK(all->room() == 0);
  CHECK(safe(7, 1, 0) == 8);
  CHECK(all->room() == 100);
}

TEST_CASE_FIXTURE(Fixture, "it is as strong as the weakest sink, when all are known, and ready when all are") {
  open();
  sinks[1]->is.reset();
  sinks[1]->is_ready = false;
  CHECK_FALSE(all->strength());
  CHECK_FALSE(all->ready());
  sinks[1]->is = Strength::peer;
  sinks[1]->is_ready = true;
  CHECK(all->strength() == Strength::peer);
  CHECK(all->ready());
}

TEST_CASE_FIXTURE(Fixture, "one that fails does not keep what the others have confirmed from being told") {
  open();
  write({kA, kB});
  sinks[1]->confirmed = 1;
  sinks[2]->next_flush = base::fail(base::Kind::temporary, "two", "is down");
  CHECK_FALSE(all->flush());
  CHECK(all->safe() == 1);
}

TEST_CASE_FIXTURE(Fixture, "it finishes when all have finished") {
  open();
  write({kA, kB});
  REQUIRE(all->finish());
  (void)safe(0, 1, 0);
  CHECK_FALSE(all->finished());
  (void)safe(0, 1, 1);
  CHECK(all->finished());
  CHECK(all->state() == "default: default; a: one; b: two");
}

TEST_CASE_FIXTURE(Fixture, "the sinks are told an origin of the source and of the way in which routes are chosen") {
  open(1000, "o");
  for (const Sink* sink : sinks) CHECK(sink->origin == "o/r1");
}

TEST_CASE_FIXTURE(Fixture, "when routes are chosen in another way, all get an origin that was never used") {
  open(1000, "o");
  REQUIRE(all->reopen());
  CHECK(sinks[0]->origin == "o/r1");
  routing = "r2";
  REQUIRE(all->reopen());
  const std::string second = sinks[0]->origin;
  CHECK(second.starts_with("o/r2/"));
  CHECK(sinks[2]->origin == second);
  routing = "r1";
  REQUIRE(all->reopen());
  CHECK(sinks[1]->origin.starts_with("o/r1/"));
}

TEST_CASE_FIXTURE(Fixture, "an origin that one of them makes the source renew is the others' too") {
  open(1000, "o");
  const auto renewed = sinks[1]->options.renew_origin({Strength::stored, 500, {}});
  REQUIRE(renewed);
  CHECK(*renewed == "fresh/r1");
  CHECK(sinks[0]->origin == "fresh/r1");
  CHECK(sinks[2]->origin == "fresh/r1");
}

TEST_CASE_FIXTURE(Fixture, "the source is told what all have, and the last that one of them has") {
  open(1000, "o");
  sinks[0]->options.on_greeting({Strength::stored, 9, {}});
  sinks[1]->options.on_greeting({Strength::peer, 20, stream::LastTaken{7, {}}});
  CHECK(told.empty());
  sinks[2]->options.on_greeting({Strength::stored, 5, {}});
  REQUIRE(told.size() == 1);
  CHECK(told[0].strength == Strength::peer);
  CHECK(told[0].last == 5U);
  CHECK(told[0].seen == 20U);
  CHECK(told[0].taken->fingerprint == 7U);
}

TEST_CASE_FIXTURE(Fixture, "where one of them has nothing, all have nothing") {
  open(1000, "o");
  sinks[0]->options.on_greeting({Strength::stored, 9, {}});
  sinks[1]->options.on_greeting({Strength::stored, {}, {}});
  sinks[2]->options.on_greeting({Strength::stored, 9, {}});
  REQUIRE(told.size() == 1);
  CHECK_FALSE(told[0].last);
  CHECK(told[0].seen == 9U);
}

TEST_CASE_FIXTURE(test::Output, "a child that dies is started again with what it lacks, while the other goes on") {
  constexpr char kTake[] = "while read -r length id message; do echo $message >>$D/$NAME; echo $id; done\n";
  stream::OutputOptions options = shell(std::string("echo logpipe 1 stored; NAME=first\n") + kTake);
  const auto weak = shell(std::string("echo logpipe 1 stored; NAME=second\n") +
                          "mkdir $D/once 2>/dev/null && read -r line && exit 3\n" + kTake);
  options.to = {{"weak", weak.command}};
  auto sink = stream::open_output(loop, options, report);
  REQUIRE(sink);
  stream::Batch batch = test::messages(1, 3);
  stream::Batch routed;
  batch.for_each([&](std::size_t i, std::string_view message) {
    routed.append(batch.id(i), message);
    routed.set_route(i == 1 ? kDefault : kDefault | kA);
  });
  REQUIRE((*sink)->write(routed));
  REQUIRE(finish(**sink));
  CHECK((*sink)->safe() == 3);
  CHECK(file("first") == "m1\nm2\nm3\n");
  CHECK(file("second") == "m1\nm3\n");
  CHECK(std::ranges::any_of(reports, [](const std::string& line) { return line.find("status 3") != line.npos; }));
}
