#include <doctest/doctest.h>

#include "tools/logredis/queue/keys.h"

TEST_CASE("all keys of a queue have its name as their hash tag") {
  const logredis::Keys keys("logs");
  CHECK(keys.consumer("alerts") == "{logs}:consumer:alerts");
  CHECK(keys.backlog("alerts", 7) == "{logs}:backlog:alerts:7");
  CHECK(keys.lease("alerts", 7) == "{logs}:lease:alerts:7");
  CHECK(keys.origin("u/1") == "{logs}:origin:u/1");
}

TEST_CASE("a queue whose name has a hash tag keeps it") {
  CHECK(logredis::Keys("app:{a}:logs").consumer("c") == "app:{a}:logs:consumer:c");
}

TEST_CASE("keys have the slots that a cluster gives them") {
  CHECK(logredis::slot_of("123456789") == 0x31C3 % 16384);  // the specification's check value
  CHECK(logredis::slot_of("foo") == 12182);                 // CLUSTER KEYSLOT of a real server, as the next ones
  CHECK(logredis::slot_of("a{foo}b{bar}") == 12182);
  CHECK(logredis::slot_of("foo{}{bar}") == 8363);
}

TEST_CASE("all keys of a queue have its slot, whatever braces its name has") {
  for (const char* name : {"logs", "logs:{}", "odd}x", "a{}{b}", "{", "}", "{}", "}{a}", "app:{a}:logs", "{{a}}"}) {
    CAPTURE(name);
    const logredis::Keys keys(name);
    CHECK(logredis::slot_of(keys.consumer("c")) == logredis::slot_of(name));
    CHECK(logredis::slot_of(keys.backlog("c", 1)) == logredis::slot_of(name));
    CHECK(logredis::slot_of(keys.rewound()) == logredis::slot_of(name));
  }
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
