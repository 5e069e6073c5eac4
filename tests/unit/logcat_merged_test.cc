#include "tools/logcat/merged.h"

#include <doctest/doctest.h>

#include <deque>

namespace {

using stream::Next;

class Scripted final : public stream::Source {
 public:
  explicit Scripted(std::deque<std::string> messages, std::vector<std::uint64_t>& acknowledged)
      : messages_(std::move(messages)), acknowledged_(acknowledged) {}

  base::Result<Next> read(stream::Batch& batch, std::size_t) override {
    if (messages_.empty()) return Next::end;
    batch.append(messages_.front());
    messages_.pop_front();
    return Next::more;
  }
  base::Result<void> acknowledge(std::uint64_t count) override {
    acknowledged_.push_back(count);
    return {};
  }
  void stop() override { messages_.clear(); }

 private:
  std::deque<std::string> messages_;
  std::vector<std::uint64_t>& acknowledged_;
};

struct Fixture {
  std::vector<std::uint64_t> first;
  std::vector<std::uint64_t> second;
  logcat::Merged merged = make();
  stream::Batch batch;

  logcat::Merged make() {
    std::vector<std::unique_ptr<stream::Source>> sources;
    sources.push_back(std::make_unique<Scripted>(std::deque<std::string>{"a1", "a2", "a3"}, first));
    sources.push_back(std::make_unique<Scripted>(std::deque<std::string>{"b1"}, second));
    return logcat::Merged(std::move(sources));
  }
  void read_all() {
    while (merged.read(batch, 100).value() != Next::end) continue;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "merged sources give everything, and end when all have ended") {
  read_all();
  CHECK(batch.count() == 4);
}

TEST_CASE_FIXTURE(Fixture, "each of the merged sources hears of its own messages only") {
  read_all();  // a1 b1 a2 a3
  REQUIRE(merged.acknowledge(2));
  CHECK(first == std::vector<std::uint64_t>{1});
  CHECK(second == std::vector<std::uint64_t>{1});
  REQUIRE(merged.acknowledge(4));
  CHECK(first == std::vector<std::uint64_t>{1, 3});
  CHECK(second == std::vector<std::uint64_t>{1});
}

TEST_CASE_FIXTURE(Fixture, "stopping merged sources stops all of them") {
  merged.stop();
  CHECK(merged.read(batch, 100).value() == Next::end);
}
