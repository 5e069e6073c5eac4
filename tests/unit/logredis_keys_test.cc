#include <doctest/doctest.h>

#include "tools/logredis/keys.h"

TEST_CASE("all keys of a queue have its name as their hash tag") {
  const logredis::Keys keys("logs");
  CHECK(keys.consumer("alerts") == "{logs}:consumer:alerts");
  CHECK(keys.backlog("alerts", 7) == "{logs}:backlog:alerts:7");
  CHECK(keys.lease("alerts", 7) == "{logs}:lease:alerts:7");
  CHECK(keys.origin("u/1") == "{logs}:origin:u/1");
}

TEST_CASE("a queue whose name has a hash tag keeps it") {
  CHECK(logredis::Keys("app:{a}:logs").consumer("c") == "app:{a}:logs:consumer:c");
  CHECK(logredis::Keys("odd{}").consumer("c") == "{odd{}}:consumer:c");
}

TEST_CASE("backlogs are no queues") {
  CHECK(logredis::is_of_consumer("{logs}:backlog:alerts:7"));
  CHECK(logredis::is_of_consumer("app:{a}:logs:backlog:alerts:7"));
  CHECK(!logredis::is_of_consumer("logs:backlog:x"));
  CHECK(!logredis::is_of_consumer("{logs}"));
}

TEST_CASE("a name as a glob pattern matches only itself") {
  CHECK(logredis::glob_literal("a*b?[c]\\") == "a\\*b\\?\\[c\\]\\\\");
}
