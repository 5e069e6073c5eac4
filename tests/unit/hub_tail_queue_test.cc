#include "hub/tail_queue.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using hub::TailLine;
using hub::TailQueue;

namespace {

const base::WallTime kNow = base::WallTime() + std::chrono::seconds(1355108448);

std::shared_ptr<const TailLine> line(const std::string& id, std::size_t size = 1) {
  return std::make_shared<const TailLine>(id, "<1>1 T h a p - - " + std::string(size, 'x'));
}

}  // namespace

TEST_CASE("hub tail queue: first in, first out") {
  TailQueue queue(10'000);
  CHECK(queue.empty());
  queue.push(line("1"), kNow);
  queue.push(line("2"), kNow);
  CHECK(queue.take(kNow)->id == "1");
  CHECK(queue.take(kNow)->id == "2");
  CHECK(queue.empty());
}

TEST_CASE("hub tail queue: where there are too many the oldest go, and in their place is told how many") {
  TailQueue queue(10 * 1000);
  for (int i = 1; i <= 100; ++i) queue.push(line(std::to_string(i), 800), kNow);
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
  TailQueue queue(1000);
  queue.push(line("1", 5000), kNow);
  CHECK_FALSE(queue.empty());
  queue.push(line("2"), kNow);
  CHECK(queue.take(kNow)->text.find("dropped 1 messages") != std::string::npos);
  CHECK(queue.take(kNow)->id == "2");
  CHECK(queue.empty());
}

TEST_CASE("hub tail queue: what a client gets in another way is left out, and is not counted as dropped") {
  TailQueue queue(10'000);
  for (const std::string id : {"8", "9", "10", "11"}) queue.push(line(id, 2000), kNow);
  queue.leave_out("9");
  for (const std::string id : {"12", "13"}) queue.push(line(id, 2000), kNow);
  CHECK(queue.take(kNow)->id == "10");
  queue.leave_out("");
  CHECK(queue.take(kNow)->id == "11");
  queue.leave_out("99");
  CHECK(queue.empty());
}
