#include "tools/logbuf/store/consumer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "tests/unit/random.h"

namespace {

using logbuf::ConsumerState;
using logbuf::Range;

constexpr std::uint64_t kAll = UINT64_MAX;
const logbuf::IsLive kNobody = [](std::uint64_t) { return false; };
const logbuf::IsLive kEverybody = [](std::uint64_t) { return true; };

ConsumerState fresh() {
  return {7, 1, base::WallTime{}};
}

std::uint64_t ack(ConsumerState& state, Range range) {
  return state.acknowledge(range).value();
}
void claim(ConsumerState& state, Range range, std::uint64_t owner, std::uint64_t generation = 0) {
  REQUIRE(state.claim(range, owner, generation));
}

}  // namespace

TEST_CASE("what was dropped counts as lost once, and stays ready where losses are told") {
  const base::WallTime first{std::chrono::seconds(1)};
  const base::WallTime second{std::chrono::seconds(2)};
  ConsumerState state = fresh();
  state.tells_loss = true;
  claim(state, {1, 4}, 2);
  CHECK(ack(state, {2, 3}) == 2);
  CHECK(state.lose({1, 6}, first).value() == 4);
  CHECK(state.lose({7, 8}, second).value() == 2);
  CHECK(state.lost == 6);
  CHECK(state.lost_since == first);
  CHECK(state.next_ready().first == 5);
  const ConsumerState read = ConsumerState::decode(state.encode()).value();
  CHECK(read.tells_loss);
  CHECK(read.lost_since == first);
  CHECK_FALSE(ConsumerState::decode(state.encode().substr(0, state.encode().size() - 1)));
  CHECK(ack(state, {1, 1}) == 1);
  state.tells_loss = false;
  CHECK(state.lose({5, 8}, second).value() == 4);
  CHECK(state.next_ready().first == 9);
}

TEST_CASE("a new consumer has everything ready and nothing in the backlog") {
  const ConsumerState state = fresh();
  CHECK(state.ready(10) == 10);
  CHECK(state.backlog() == 0);
  CHECK(state.next_ready().first == 1);
}

TEST_CASE("what is claimed is in the backlog and not ready") {
  ConsumerState state = fresh();
  claim(state, {1, 4}, 2);
  CHECK(state.ready(10) == 6);
  CHECK(state.backlog() == 4);
  CHECK(state.next_ready().first == 5);
}

TEST_CASE("acknowledging the head raises the floor, also over what was acknowledged out of order") {
  ConsumerState state = fresh();
  claim(state, {1, 10}, 2);
  CHECK(ack(state, {3, 5}) == 3);
  CHECK(state.floor() == 0);
  CHECK(ack(state, {1, 2}) == 2);
  CHECK(state.floor() == 5);
}

TEST_CASE("acknowledging leaves alone what was never handed out") {
  ConsumerState state = fresh();
  claim(state, {1, 3}, 2);
  CHECK(ack(state, {1, 10}) == 3);
  CHECK(state.ready(10) == 7);
}

TEST_CASE("acknowledging twice counts once") {
  ConsumerState state = fresh();
  claim(state, {1, 3}, 2);
  CHECK(ack(state, {2, 2}) == 1);
  CHECK(ack(state, {2, 2}) == 0);
}

TEST_CASE("a receipt covers what its owner holds, and nothing of a competitor") {
  ConsumerState state = fresh();
  claim(state, {1, 10}, 2);
  claim(state, {11, 20}, 4);
  CHECK(state.acknowledge_receipt(15).value() == 5);
  CHECK(state.backlog() == 15);
  CHECK(state.floor() == 0);
}

TEST_CASE("a receipt for an id that is not in the backlog does nothing") {
  ConsumerState state = fresh();
  claim(state, {1, 3}, 2);
  CHECK(state.acknowledge_receipt(9).value() == 0);
  CHECK(state.backlog() == 3);
}

TEST_CASE("rewind of the newest n returns them to the head of R in order") {
  ConsumerState state = fresh();
  claim(state, {1, 10}, 2);
  CHECK(state.rewind(3, kNobody) == 3);
  CHECK(state.next_ready().first == 8);
  CHECK(state.next_ready().last == kAll);
  CHECK(state.backlog() == 7);
}

TEST_CASE("rewind of more than there is returns all") {
  ConsumerState state = fresh();
  claim(state, {1, 4}, 2);
  CHECK(state.rewind(99, kNobody) == 4);
  CHECK(state.backlog() == 0);
  CHECK(state.rewind(99, kNobody) == 0);
}

TEST_CASE("rewind leaves what a living owner holds") {
  ConsumerState state = fresh();
  claim(state, {1, 4}, 2);
  CHECK(state.rewind(kAll, kEverybody) == 0);
  CHECK(state.backlog() == 4);
}

TEST_CASE("rewind to an id makes acknowledged messages ready again") {
  ConsumerState state = fresh();
  claim(state, {1, 10}, 2);
  CHECK(ack(state, {1, 10}) == 10);
  CHECK(state.rewind_to(4, kNobody) == 7);
  CHECK(state.floor() == 3);
  CHECK(state.next_ready().first == 4);
}

TEST_CASE("a rewind starts a new generation, so that no receiver takes the replay for duplicates") {
  ConsumerState state = fresh();
  claim(state, {1, 10}, 2, state.generation());
  const auto before = state.generation();
  (void)state.rewind(2, kNobody);
  CHECK(state.generation() == before + 1);
}

TEST_CASE("a hop that takes back its predecessor's messages goes on in the same generation") {
  ConsumerState state = fresh();
  claim(state, {1, 10}, 3, state.generation());
  const auto before = state.generation();
  CHECK(state.take_back(kEverybody, true) == 10);
  CHECK(state.generation() == before);
}

TEST_CASE("a hop that takes back what was not sent by a hop starts a new generation") {
  ConsumerState state = fresh();
  claim(state, {1, 10}, 3, 0);
  const auto before = state.generation();
  CHECK(state.take_back(kEverybody, true) == 10);
  CHECK(state.generation() == before + 1);
}

TEST_CASE("a release gives back the newest ids without a new generation") {
  ConsumerState state = fresh();
  claim(state, {1, 10}, 2, 1);
  state.release({6, 10}, 2);
  CHECK(state.next_ready().first == 6);
  CHECK(state.generation() == 1);
}

TEST_CASE("forgetting deleted messages counts those that were not acknowledged") {
  ConsumerState state = fresh();
  claim(state, {1, 5}, 2);
  (void)ack(state, {2, 3});
  CHECK(state.forget({1, 10}).value() == 8);
  CHECK(state.floor() == 10);
}

TEST_CASE("a record survives encoding, and damage in it is noticed") {
  ConsumerState state = fresh();
  claim(state, {2, 5}, 2, 3);
  (void)ack(state, {3, 3});
  const std::string bytes = state.encode();
  const auto copy = ConsumerState::decode(bytes);
  REQUIRE(copy);
  CHECK(copy->encode() == bytes);
  CHECK_FALSE(ConsumerState::decode(bytes.substr(0, bytes.size() - 1)));
}

// The same operations on a plain map of every id must give the same answers.
TEST_CASE("random operations agree with a model that keeps one state per id") {
  enum Model { ready, held, done };
  unit::Random random;
  ConsumerState state = fresh();
  std::map<std::uint64_t, Model> model;
  constexpr std::uint64_t kHead = 60;
  for (std::uint64_t id = 1; id <= kHead; ++id) model[id] = ready;
  const auto count = [&](Model what) {
    return static_cast<std::uint64_t>(
        std::count_if(model.begin(), model.end(), [&](const auto& each) { return each.second == what; }));
  };
  for (int step = 0; step < 3000; ++step) {
    const std::uint64_t a = 1 + random() % kHead;
    const std::uint64_t b = std::min(kHead, a + random() % 8);
    switch (random() % 5) {
      case 0:
      case 1: {
        Range range = state.next_ready();
        if (range.first > kHead) break;
        range.last = std::min({range.last, kHead, range.first + random() % 6});
        claim(state, range, 2 + 2 * (random() % 3));
        for (std::uint64_t id = range.first; id <= range.last; ++id) {
          CHECK(model[id] == ready);
          model[id] = held;
        }
        break;
      }
      case 2:
        (void)ack(state, {a, b});
        for (std::uint64_t id = a; id <= b; ++id)
          if (model[id] == held) model[id] = done;
        break;
      case 3: {
        const std::uint64_t n = random() % 5;
        std::uint64_t left = n;
        for (auto each = model.rbegin(); each != model.rend() && left > 0; ++each)
          if (each->second == held) {
            each->second = ready;
            --left;
          }
        CHECK(state.rewind(n, kNobody) == n - left);
        break;
      }
      default:
        if (random() % 10 != 0) break;
        (void)state.rewind_to(a, kNobody);
        for (std::uint64_t id = a; id <= kHead; ++id) model[id] = ready;
    }
    REQUIRE(state.ready(kHead) == count(ready));
    REQUIRE(state.backlog() == count(held));
    REQUIRE(ConsumerState::decode(state.encode()));
  }
}
