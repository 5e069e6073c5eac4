#include "tools/logcat/middle.h"

#include <doctest/doctest.h>

#include <string>

#include "base/io.h"

namespace {

using base::Kind;
using logcat::Middle;
using stream::Strength;

// What stands behind it, as far as it is asked.
struct End final : stream::Sink {
  Strength now = Strength::stored;

  [[nodiscard]] std::optional<Strength> strength() const override { return now; }
  [[nodiscard]] std::size_t room() const override { return 0; }
  base::Result<void> write(const stream::Batch&) override { return {}; }
  base::Result<void> flush() override { return {}; }
  base::Result<void> finish() override { return {}; }
  [[nodiscard]] std::uint64_t safe() const override { return 0; }
  [[nodiscard]] bool finished() const override { return true; }
  [[nodiscard]] std::string state() const override { return {}; }
};

struct Fixture {
  event::Loop loop = std::move(*event::Loop::create());
  base::Pipe frames = std::move(*base::open_pipe());
  base::Pipe receipts = std::move(*base::open_pipe());
  End end;

  Middle middle(bool rewrites = false) {
    auto input = stream::Input::open(loop, {}, stream::Invitation{.max_message = 100, .origin = "o"}, {},
                                     frames.read.get(), receipts.write.get());
    REQUIRE(input);
    return Middle(std::move(*input), rewrites);
  }
  // What the source reads.
  std::string said() {
    char text[256];
    const auto got = base::read_ready(receipts.read.get(), text, "test");
    REQUIRE(got);
    return {text, got->bytes};
  }
  void read(Middle& middle, const std::string& bytes) {
    REQUIRE(base::write_all(frames.write.get(), bytes, "test"));
    stream::Batch batch;
    REQUIRE(middle.read(batch, 1 << 20));
  }
};

constexpr base::WallTime kWhen{std::chrono::nanoseconds(5)};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the source is told the strength and the last id of the sink") {
  Middle it = middle();
  end.now = Strength::peer;
  it.sink_greeted({Strength::peer, 7, stream::LastTaken{9, kWhen}});
  REQUIRE(it.greet(end));
  CHECK(said() == "logpipe 1 peer last=7 fingerprint=9 taken=5\n");
}

TEST_CASE_FIXTURE(Fixture, "where messages are rewritten the source cannot compare a fingerprint") {
  Middle it = middle(true);
  it.sink_greeted({Strength::stored, 7, stream::LastTaken{9, kWhen}});
  REQUIRE(it.greet(end));
  CHECK(said() == "logpipe 1 stored last=7 taken=5\n");
}

TEST_CASE_FIXTURE(Fixture, "a sink that says no last id leaves it out") {
  Middle it = middle();
  REQUIRE(it.greet(end));
  CHECK(said() == "logpipe 1 stored\n");
}

TEST_CASE_FIXTURE(Fixture, "of a sink and its fallback, what the one has that is further counts") {
  Middle it = middle();
  it.sink_greeted({Strength::stored, 5, {}});
  it.sink_greeted({Strength::stored, 8, {}});
  it.sink_greeted({Strength::stored, 2, {}});
  REQUIRE(it.greet(end));
  CHECK(said() == "logpipe 1 stored last=8\n");
}

TEST_CASE_FIXTURE(Fixture,
                  "what one of several sinks has more than the others is told as seen, for the source to know it") {
  Middle it = middle();
  it.sink_greeted({Strength::stored, 3, stream::LastTaken{9, kWhen}, 8});
  REQUIRE(it.greet(end));
  CHECK(said() == "logpipe 1 stored last=3 seen=8 fingerprint=9 taken=5\n");
  CHECK(it.renew_origin({Strength::stored, 8, {}}).value().empty());
}

TEST_CASE_FIXTURE(Fixture, "a sink that was started again may have all that was read, and what the source was told") {
  Middle it = middle();
  it.sink_greeted({Strength::stored, 8, {}});
  REQUIRE(it.greet(end));
  CHECK(it.renew_origin({Strength::stored, 8, {}}).value().empty());
  read(it, "4 9\ta\n5 11\ta\n");
  CHECK(it.renew_origin({Strength::stored, 11, {}}).value().empty());
}

TEST_CASE_FIXTURE(Fixture, "a sink that has what was not read here ends it, so that the source is asked") {
  Middle it = middle();
  REQUIRE(it.greet(end));
  read(it, "4 9\ta\n");
  const auto greeted = it.renew_origin({Strength::stored, 10, {}});
  REQUIRE_FALSE(greeted);
  CHECK(greeted.error().kind == Kind::temporary);
}

TEST_CASE_FIXTURE(Fixture, "a sink that is weaker after its restart ends it before a receipt is passed on") {
  Middle it = middle();
  REQUIRE(it.greet(end));
  read(it, "4 9\ta\n");
  CHECK(said() == "logpipe 1 stored\n");
  end.now = Strength::sent;
  const auto told = it.acknowledge(1);
  REQUIRE_FALSE(told);
  CHECK(told.error().kind == Kind::temporary);
  CHECK(said().empty());
  end.now = Strength::stored;
  REQUIRE(it.acknowledge(1));
  CHECK(said() == "9\n");
}
