#include <doctest/doctest.h>

#include "tools/logtail/logs/log_tail.h"

using logtail::Piece;
using logtail::Place;
using logtail::Plan;
using stream::Next;
using Replayed = logtail::Tail::Replayed;

namespace {

// A log in memory that ends: messages 1 to `count`.
class ShortLog final : public logtail::LogTail {
 public:
  ShortLog(std::uint64_t count, logtail::Headers& headers, logtail::Memory& memory)
      : LogTail("buf:q", {}, headers, memory, [](base::Level, const std::string&) {}), count_(count) {
    log_ = "uuid";
    if (!recall("")) begin_behind(0);
  }
  void stop() override {}
  [[nodiscard]] std::string state() const override { return {}; }

 private:
  base::Result<Next> fill() override {
    if (holds()) return Next::more;
    if (ended_) return Next::end;
    for (std::uint64_t id = 1; id <= count_; ++id) hold(id, "message " + std::to_string(id));
    ended_ = true;
    return count_ > 0 ? Next::more : Next::end;
  }
  void ask_for_oldest() override { ended_ = false; }

  std::uint64_t count_;
};

Plan plan_of(std::uint64_t begin, std::uint64_t end) {
  Plan plan{Place{1, "buf:q", "uuid", begin}, end, true, begin + 1, end - begin};
  return plan;
}

}  // namespace

TEST_CASE("what came of a plan that is given up is not given for the next one") {
  logtail::Headers headers(false);
  logtail::Memory memory;
  ShortLog log(5, headers, memory);
  stream::Batch batch;
  Piece piece;
  REQUIRE(log.replay(plan_of(0, 8), batch, piece).value() == Replayed::gone);
  REQUIRE(log.replay(plan_of(2, 5), batch, piece).value() == Replayed::done);
  CHECK(batch.empty());
  CHECK(piece.ends.empty());
}

TEST_CASE("a plan gives the same messages again, each behind the place where it ended") {
  logtail::Headers headers(false);
  logtail::Memory memory;
  ShortLog log(5, headers, memory);
  stream::Batch batch;
  Piece piece;
  REQUIRE(log.replay(plan_of(2, 4), batch, piece).value() == Replayed::done);
  CHECK(batch.block() == "message 3\nmessage 4\n");
  CHECK(piece.ends == std::vector<std::uint32_t>{1, 2});
  CHECK(piece.after(1).at == 3);
}
