#include "tools/logredis/queue/id.h"

#include <doctest/doctest.h>

using namespace logredis;

TEST_CASE("an id is two numbers with a dash between") {
  const auto id = parse_id("7-1204");
  REQUIRE(id);
  CHECK(*id == Id{7, 1204});
  CHECK(id->text() == "7-1204");
  for (const char* text : {"", "7", "7-", "-7", "7-1-2", "7-x", "7 -1", "99999999999999999999-1"})
    CHECK_FALSE(parse_id(text));
}

TEST_CASE("a range is two ids in order") {
  const auto range = parse_range("7-1..7-9");
  REQUIRE(range);
  CHECK(range->first == Id{7, 1});
  CHECK(range->last == Id{7, 9});
  CHECK_FALSE(range->lone);
  CHECK(parse_range("7-1")->lone);
  for (const char* text : {"7-9..7-1", "8-1..7-9", "7-1..", "..7-1", "7-1..7-2..7-3", "7-1..7-2 "})
    CHECK_FALSE(parse_range(text));
}

TEST_CASE("ids one after the other are one run") {
  IdQueue ids;
  for (const Id id : {Id{1, 1}, Id{1, 2}, Id{1, 4}, Id{2, 5}, Id{2, 6}}) ids.append(id);
  CHECK(ids.count() == 5);
  CHECK(ids.runs().size() == 3);
  CHECK(ids.runs().back().last() == Id{2, 6});
}

TEST_CASE("taking from a queue of ids cuts runs") {
  IdQueue ids;
  ids.append({{1, 1}, 10});
  ids.append({{2, 1}, 10});
  const IdQueue taken = ids.take(13);
  CHECK(taken.count() == 13);
  CHECK(taken.runs().back().last() == Id{2, 3});
  CHECK(ids.count() == 7);
  CHECK(ids.runs().front().first == Id{2, 4});
  CHECK(ids.take(100).count() == 7);
  CHECK(ids.empty());
}
