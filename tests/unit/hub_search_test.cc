// Searches in a channel: what they find, and what ends them.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "hub/search.h"
#include "tests/unit/hub_memory_store.h"

namespace {

std::string line(const std::string& app, const std::string& text) {
  return "<190>1 2012-12-10T03:00:48Z h " + app + " web.1 - - " + text;
}

struct Asker {
  explicit Asker(hub::SearchLimits limits = {}) : searches(store, limits) {
    for (int i = 1; i <= 9; ++i) store.add("c", {line(i % 2 == 0 ? "even" : "odd", "m" + std::to_string(i))});
  }
  // The ids that were found, newest first, and "..." where there may be more.
  std::string found(hub::SearchRequest request) {
    request.channel = "c";
    std::string ids;
    searches.start(std::move(request), [&](const base::Result<hub::SearchResult>& result) {
      REQUIRE(result);
      for (const auto& message : result->messages) ids += message.id;
      if (!result->end) ids += "..." + result->before;
    });
    return ids;
  }
  unit::MemoryStore store;
  hub::Searches searches;
};

base::WallTime second(int n) {
  return base::WallTime(std::chrono::seconds(n));
}

hub::SearchRequest where(const char* expression) {
  hub::SearchRequest request;
  request.where = codec::Where::compile(expression).value();
  return request;
}

}  // namespace

TEST_CASE("hub search: finds the newest first, as a tail shows them") {
  Asker asker;
  CHECK(asker.found({}) == "987654321");
  asker.searches.start({.channel = "c", .most = 1}, [](const base::Result<hub::SearchResult>& result) {
    REQUIRE(result);
    CHECK(result->messages.at(0).text == "2012-12-10T03:00:48Z odd[web.1]: m9");
  });
}

TEST_CASE("hub search: an expression, and times") {
  Asker asker;
  CHECK(asker.found(where("appname == even")) == "8642");
  CHECK(asker.found(where("message =~ \"m[37]\"")) == "73");
  CHECK(asker.found({.since = second(7)}) == "987");
  CHECK(asker.found({.until = second(3)}) == "21");
  CHECK(asker.found({.since = second(3), .until = second(5)}) == "43");
  CHECK(asker.found({.since = second(5), .until = second(3)}).empty());
  CHECK(asker.found({.since = second(70)}).empty());
}

TEST_CASE("hub search: says where the next one goes on, until the end") {
  Asker asker;
  hub::SearchRequest request = where("appname == odd");
  request.most = 2;
  CHECK(asker.found(request) == "97...7");
  request.before = "7";
  CHECK(asker.found(request) == "53...3");
  request.before = "3";
  CHECK(asker.found(request) == "1");
}

TEST_CASE("hub search: ends when it has found enough bytes, or taken its time") {
  Asker few({.bytes = 60});
  CHECK(few.found({}) == "98...8");
  Asker hasty({.time = base::Duration::zero()});
  CHECK(hasty.found(where("appname == nobody")) == "...8");
}

TEST_CASE("hub search: so many at once") {
  Asker asker({.at_once = 2});
  asker.store.answers_later = true;
  int refused = 0;
  int answered = 0;
  const auto count = [&](const base::Result<hub::SearchResult>& result) { ++(result ? answered : refused); };
  for (int i = 0; i < 3; ++i) asker.searches.start({.channel = "c"}, count);
  CHECK(refused == 1);
  asker.store.answer_all();
  CHECK(answered == 2);
  asker.searches.start({.channel = "c"}, count);
  CHECK(refused == 1);
}
