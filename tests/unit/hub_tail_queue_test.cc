#include "hub/tail_queue.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using hub::TailLine;
using hub::TailMemory;
using hub::TailQueue;

namespace {

const base::WallTime kNow = base::WallTime() + std::chrono::seconds(1355108448);

std::shared_ptr<const TailLine> line(const std::string& id, std::size_t size = 1) {
  return std::make_shared<const TailLine>(id, "<1>1 T h a p - - " + std::string(size, 'x'));
}

}  // namespace

TEST_CASE("hub tail queue: first in, first out") {
  TailMemory all;
  TailQueue queue(10'000, all);
  CHECK(queue.empty());
  queue.push(line("1"), 1, kNow);
  queue.push(line("2"), 1, kNow);
  CHECK(queue.take(kNow)->id == "1");
  CHECK(queue.take(kNow)->id == "2");
  CHECK(queue.empty());
}

TEST_CASE("hub tail queue: where there are too many the oldest go, and in their place is told how many") {
  TailMemory all;
  TailQueue queue(10 * 1000, all);
  for (int i = 1; i <= 100; ++i) queue.push(line(std::to_string(i), 800), 1, kNow);
  const auto told = queue.take(kNow);
  CHECK(told->of_tail);
  const auto next = queue.take(kNow);
  const int lost = std::stoi(next->id) - 1;
  CHECK(lost > 89);
  CHECK(told->text.find("dropped " + std::to_string(lost) + " messages since 2012-12-10T03:00:48") !=
        std::string::npos);
  CHECK(std::stoi(queue.take(kNow)->id) == lost + 2);
}

TEST_CASE("hub tail queue: a line that is too long alone is kept until another comes") {
  TailMemory all;
  TailQueue queue(1000, all);
  queue.push(line("1", 5000), 1, kNow);
  CHECK_FALSE(queue.empty());
  queue.push(line("2"), 1, kNow);
  CHECK(queue.take(kNow)->text.find("dropped 1 messages") != std::string::npos);
  CHECK(queue.take(kNow)->id == "2");
  CHECK(queue.empty());
}

TEST_CASE("hub tail queue: what a client gets in another way is left out, and is not counted as dropped") {
  TailMemory all;
  TailQueue queue(10'000, all);
  for (const std::string id : {"8", "9", "10", "11"}) queue.push(line(id, 2000), 1, kNow);
  queue.leave_out("9");
  for (const std::string id : {"12", "13"}) queue.push(line(id, 2000), 1, kNow);
  CHECK(queue.take(kNow)->id == "10");
  queue.leave_out("");
  CHECK(queue.take(kNow)->id == "11");
  queue.leave_out("99");
  CHECK(queue.empty());
}

TEST_CASE("hub tail queue: while all queues together take too much, each keeps only a part") {
  TailMemory all{.most = 50'000};
  TailQueue mine(100'000, all);
  TailQueue other(100'000, all);
  for (int i = 1; i <= 40; ++i) other.push(line(std::to_string(i), 1000), 1, kNow);
  mine.push(line("1", 1000), 1, kNow);
  CHECK(mine.take(kNow)->id == "1");
  for (int i = 41; i <= 60; ++i) other.push(line(std::to_string(i), 1000), 1, kNow);
  CHECK(all.held < 50'000);
  CHECK(other.take(kNow)->of_tail);
  while (!other.empty()) (void)other.take(kNow);
  CHECK(all.held == 0);
}

TEST_CASE("hub tail queue: a line that many have takes its room once") {
  TailMemory all;
  const auto shared = line("1", 100'000);
  {
    TailQueue one(200'000, all);
    TailQueue two(200'000, all);
    one.push(shared, 2, kNow);
    two.push(shared, 2, kNow);
    CHECK(all.held < 101'000);
    CHECK(all.held > 100'000);
  }
  CHECK(all.held == 0);
}
