#include "hub/tail.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "hub_memory_store.h"

using hub::TailRequest;
using Next = http::Body::Next;

namespace {

std::string message(const std::string& text, const std::string& ps = "web.1") {
  return "<190>1 T h app " + ps + " - - " + text;
}

struct Fixture {
  void add(const std::string& text, const std::string& ps = "web.1") { store.add("c", {message(text, ps)}); }
  void open(TailRequest request) {
    request.channel = "c";
    tail = std::make_unique<hub::Tail>(store, feeds, std::move(request), [this] { ++woken; });
  }
  // What the client is sent until the tail waits or ends, without "T app" before each line.
  std::string pulled(std::size_t room = 10'000) {
    std::string all;
    do {
      std::string out;
      next = tail->pull(out, room);
      all += out;
    } while (next == Next::ready);
    for (auto at = all.find("T app"); at != all.npos; at = all.find("T app")) all.erase(at, 5);
    return all;
  }

  unit::MemoryStore store;
  hub::TailFeeds feeds{store};
  std::unique_ptr<hub::Tail> tail;
  Next next = Next::ready;
  int woken = 0;
};

}  // namespace

TEST_CASE("hub tail: the last lines that pass the filter, however many others stand between them") {
  Fixture test;
  for (const std::string text : {"1", "2", "3"}) test.add(text, "job.1");
  for (int i = 0; i < 7; ++i) test.add("other");
  test.open({.filter = {.ps = "job"}, .lines = 2});
  CHECK(test.pulled() == "[job.1]: 2\n[job.1]: 3\n");
  CHECK(test.next == Next::end);
}

TEST_CASE("hub tail: all that there is where more is asked for, and nothing where nothing is") {
  Fixture test;
  for (const std::string text : {"1", "2", "3"}) test.add(text);
  test.open({.lines = 5});
  CHECK(test.pulled() == "[web.1]: 1\n[web.1]: 2\n[web.1]: 3\n");
  test.open({.lines = 0});
  CHECK(test.pulled().empty());
  CHECK(test.next == Next::end);
}

TEST_CASE("hub tail: without following it ends with what was there when it began") {
  Fixture test;
  for (const std::string text : {"1", "2", "3", "4", "5"}) test.add(text);
  test.open({.lines = 5});
  std::string first;
  while (first.empty()) CHECK(test.tail->pull(first, 1) == Next::ready);
  test.add("later");
  CHECK(test.pulled() == "[web.1]: 2\n[web.1]: 3\n[web.1]: 4\n[web.1]: 5\n");
}

TEST_CASE("hub tail: between what is there and what comes nothing is missing, and nothing comes twice") {
  Fixture test;
  test.store.answers_later = true;
  test.add("1");
  test.open({.lines = 1, .follow = true});
  std::string all = test.pulled();
  // One more comes before each answer of the store.
  for (int i = 2; i < 20; ++i) {
    test.add(std::to_string(i));
    test.store.answer_all();
    all += test.pulled();
  }
  std::string expected;
  for (int i = 1; i < 20; ++i) expected += "[web.1]: " + std::to_string(i) + "\n";
  CHECK(all == expected);
  CHECK(test.next == Next::waiting);
}

TEST_CASE("hub tail: it wakes the server when something comes that it shows") {
  Fixture test;
  test.open({.filter = {.ps = "web"}, .follow = true});
  CHECK(test.pulled().empty());
  test.add("other", "job.1");
  CHECK(test.woken == 0);
  test.add("a");
  test.add("b");
  CHECK(test.woken == 1);
  CHECK(test.pulled() == "[web.1]: a\n[web.1]: b\n");
}

TEST_CASE("hub tail: a client that does not read is told what it has missed, also where a filter hides the teller") {
  Fixture test;
  test.open({.filter = {.source = "app"}, .follow = true});
  CHECK(test.pulled().empty());
  for (int i = 0; i < 600; ++i) test.add(std::string(10'000, 'x'));
  const std::string all = test.pulled();
  CHECK(all.find(" logplex[1]: Error L11 (Tail buffer overflow) -> This tail session dropped ") < 30);
  CHECK(all.size() > 3'000'000);
  CHECK(all.size() < 5'000'000);
}

TEST_CASE("hub tail: events have ids, and one resumes behind the last that was seen") {
  Fixture test;
  for (const std::string text : {"1", "2", "3", "4"}) test.add(text);
  test.open({.after = "2", .follow = true, .events = true});
  CHECK(test.pulled() == "id: 3\ndata: [web.1]: 3\n\nid: 4\ndata: [web.1]: 4\n\n");
  test.add("5");
  CHECK(test.pulled() == "id: 5\ndata: [web.1]: 5\n\n");
}

TEST_CASE("hub tail: who resumes is told what was dropped meanwhile") {
  Fixture test;
  for (const std::string text : {"1", "2", "3", "4", "5"}) test.add(text);
  test.store.drop_oldest("c", 4);
  test.open({.after = "2"});
  const std::string all = test.pulled();
  CHECK(all.find("This tail session dropped 2 messages") != std::string::npos);
  CHECK(all.ends_with(".\n[web.1]: 5\n"));
}

TEST_CASE("hub tail: an id that the log has not reached is of another log, of which nothing was seen") {
  Fixture test;
  test.add("1");
  test.open({.after = "99", .follow = true});
  CHECK(test.pulled() == "[web.1]: 1\n");
  test.store.restart("c");
  test.open({.after = "99", .follow = true});
  CHECK(test.pulled().empty());
  test.add("new");
  CHECK(test.pulled() == "[web.1]: new\n");
}

TEST_CASE("hub tail: what another process has appended comes in its place") {
  Fixture test;
  test.add("1");
  test.open({.follow = true});
  CHECK(test.pulled() == "[web.1]: 1\n");
  test.store.add_untold("c", message("2"));
  test.add("3");
  CHECK(test.pulled() == "[web.1]: 2\n[web.1]: 3\n");
}

TEST_CASE("hub tail: one that joins takes nothing away from those that are there") {
  Fixture test;
  test.open({.follow = true});
  CHECK(test.pulled().empty());
  auto first = std::move(test.tail);
  test.store.add_untold("c", message("1"));
  test.open({.lines = 1, .follow = true});
  CHECK(test.pulled() == "[web.1]: 1\n");
  test.add("2");
  CHECK(test.pulled() == "[web.1]: 2\n");
  std::swap(first, test.tail);
  CHECK(test.pulled() == "[web.1]: 1\n[web.1]: 2\n");
}

TEST_CASE("hub tail: all tails of a channel watch it once, and nobody does when they are gone") {
  Fixture test;
  test.open({.follow = true});
  CHECK(test.pulled().empty());
  const auto first = std::move(test.tail);
  test.open({.follow = true});
  CHECK(test.pulled().empty());
  CHECK(test.store.watches() == 1);
  test.tail.reset();
  CHECK(test.store.watches() == 1);
  first->stop();
}

TEST_CASE("hub tail: nobody watches a channel that nobody follows any more") {
  Fixture test;
  test.open({.follow = true});
  CHECK(test.pulled().empty());
  test.tail.reset();
  CHECK(test.store.watches() == 0);
}

TEST_CASE("hub tail: it ends when its channel is deleted, and when the server stops") {
  Fixture test;
  test.open({.follow = true});
  CHECK(test.pulled().empty());
  test.store.tell_deleted();
  CHECK(test.woken == 1);
  CHECK(test.pulled().empty());
  CHECK(test.next == Next::end);
  test.open({.follow = true});
  CHECK(test.pulled().empty());
  test.tail->stop();
  CHECK(test.pulled().empty());
  CHECK(test.next == Next::end);
}

TEST_CASE("hub tail: a farewell is said behind what is there") {
  Fixture test;
  test.add("1");
  test.open({.farewell = "over"});
  CHECK(test.pulled() == "[web.1]: 1\nover\n");
  CHECK(test.next == Next::end);
}

TEST_CASE("hub tail: a heartbeat is a comment, and only of events") {
  Fixture test;
  test.open({.follow = true, .events = true});
  CHECK(test.pulled().empty());
  test.tail->beat();
  CHECK(test.woken == 1);
  CHECK(test.pulled() == ":\n\n");
  test.open({.follow = true});
  CHECK(test.pulled().empty());
  test.tail->beat();
  CHECK(test.pulled().empty());
}

TEST_CASE("hub tail: one that goes while the store owes it an answer") {
  Fixture test;
  test.store.answers_later = true;
  test.open({});
  CHECK(test.pulled().empty());
  CHECK(test.next == Next::waiting);
  test.tail.reset();
  test.store.answer_all();
  CHECK(test.woken == 0);
}
