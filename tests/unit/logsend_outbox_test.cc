#include "tools/logsend/outbox.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace logsend {
namespace {

void add(Outbox& outbox, std::string_view part, std::string_view target = "/") {
  Load& load = outbox.collect(target);
  load.parts.bytes += part;
  outbox.add(load, 0, part);
}

// The bodies of all closed loads, which are taken and forgotten.
std::vector<std::string> taken(Outbox& outbox) {
  std::vector<std::string> bodies;
  while (auto load = outbox.take()) {
    bodies.push_back(load->parts.bytes);
    outbox.taken(std::move(load));
  }
  return bodies;
}

using Bodies = std::vector<std::string>;

TEST_CASE("outbox: a load is closed when it has its messages") {
  Outbox outbox({.messages = 2});
  for (const char* part : {"a", "b", "c"}) add(outbox, part);
  CHECK(taken(outbox) == Bodies{"ab"});
  outbox.close_all();
  CHECK(taken(outbox) == Bodies{"c"});
  CHECK(outbox.safe() == 3);
}

TEST_CASE("outbox: a message that would make a load too large begins the next one") {
  Outbox outbox({.bytes = 4});
  for (const char* part : {"aa", "bbb", "cccccc", "d"}) add(outbox, part);
  outbox.close_all();
  CHECK(taken(outbox) == Bodies{"aa", "bbb", "cccccc", "d"});
}

TEST_CASE("outbox: targets have loads of their own, and only so many at the same time") {
  Outbox outbox({.open_loads = 2});
  add(outbox, "a", "/1");
  add(outbox, "b", "/2");
  add(outbox, "c", "/1");
  add(outbox, "d", "/3");
  CHECK(taken(outbox) == Bodies{"ac"});
  CHECK(outbox.safe() == 1);  // of b nothing is known
  outbox.close_all();
  CHECK(taken(outbox) == Bodies{"b", "d"});
  CHECK(outbox.safe() == 4);
}

TEST_CASE("outbox: what is put back comes before all that was closed later") {
  Outbox outbox({.messages = 1});
  for (const char* part : {"a", "b", "c"}) add(outbox, part);
  auto first = outbox.take();
  auto second = outbox.take();
  outbox.put_back(std::move(second));
  outbox.put_back(std::move(first));
  CHECK(taken(outbox) == Bodies{"a", "b", "c"});
}

TEST_CASE("outbox: halves keep their order") {
  Outbox outbox({.messages = 3});
  for (const char* part : {"a", "b", "c", "d"}) add(outbox, part);
  outbox.close_all();
  const auto load = outbox.take();
  outbox.put_back_halves(*load);
  CHECK(taken(outbox) == Bodies{"a", "bc", "d"});
  CHECK(outbox.safe() == 4);
}

TEST_CASE("outbox: of some messages another try, of others a refusal, and the rest are safe") {
  Outbox outbox({.messages = 4, .keep_texts = true});
  for (const char* part : {"a", "b", "c", "d"}) add(outbox, part);
  const auto load = outbox.take();
  outbox.put_back_each(*load, {1, 3}, {{2, "bad"}});
  CHECK(outbox.safe() == 1);
  auto again = outbox.take();
  CHECK(again->parts.bytes == "bd");
  const auto refused = outbox.take();
  CHECK(refused->refusal == "bad");
  CHECK(refused->texts[0] == "c");
  outbox.taken(std::move(again));
  CHECK(outbox.safe() == 2);
  outbox.pass(*refused);
  CHECK(outbox.safe() == 2);
  outbox.settle(3);
  CHECK(outbox.safe() == 4);
  CHECK(outbox.waiting() == 0);
}

TEST_CASE("outbox: what can stand in no request is alone in its place") {
  Outbox outbox({});
  add(outbox, "a");
  Load& load = outbox.collect("/");
  load.parts.bytes += "half";
  outbox.refuse(load, "text", "why");
  add(outbox, "b");
  outbox.close_all();
  CHECK(outbox.take()->parts.bytes == "a");
  const auto refused = outbox.take();
  CHECK(refused->refusal == "why");
  CHECK(refused->texts[0] == "text");
  CHECK(outbox.take()->parts.bytes == "b");
}

TEST_CASE("outbox: what is left out is as safe as that before it") {
  Outbox outbox({});
  outbox.leave_out();
  CHECK(outbox.safe() == 1);
  add(outbox, "a");
  outbox.leave_out();
  CHECK(outbox.safe() == 1);
  outbox.close_all();
  CHECK(taken(outbox) == Bodies{"a"});
  CHECK(outbox.safe() == 3);
}

TEST_CASE("outbox: room is what is not safe of the window, and all of it comes back") {
  Outbox outbox({.messages = 2, .window = 100, .window_messages = 3, .keep_texts = true});
  CHECK(outbox.room() == 100);
  for (const char* part : {"aaaaaaaaaa", "bbbbbbbbbb", "c"}) add(outbox, part);
  CHECK(outbox.room() == 0);  // three messages
  auto load = outbox.take();
  outbox.put_back_each(*load, {1}, {});
  CHECK(outbox.room() == 100 - 2 - 20);
  outbox.close_all();
  CHECK(taken(outbox) == Bodies{"bbbbbbbbbb", "c"});
  CHECK(outbox.room() == 100);
}

TEST_CASE("outbox: loads are closed when their time is over") {
  Outbox outbox({});
  add(outbox, "a");
  const auto since = outbox.oldest_open();
  REQUIRE(since);
  outbox.close_due(*since, std::chrono::seconds(1));
  CHECK_FALSE(outbox.has_closed());
  outbox.close_due(*since + std::chrono::seconds(1), std::chrono::seconds(1));
  CHECK(outbox.has_closed());
}

}  // namespace
}  // namespace logsend
