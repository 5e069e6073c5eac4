#include <doctest/doctest.h>

#include "stream/prefetch.h"

using namespace std::chrono_literals;
using stream::Prefetch;

namespace {
constexpr base::Instant kStart{};
}

TEST_CASE("prefetch: what is held is least at first, and twice what was confirmed lately") {
  Prefetch prefetch({.fixed = {}, .least = 64}, kStart);
  CHECK(prefetch.allowance(0, kStart) == 64);
  CHECK(prefetch.allowance(64, kStart) == 0);
  prefetch.confirmed(64, kStart + 1ms);
  CHECK(prefetch.allowance(0, kStart + 1ms) == 128);
  prefetch.confirmed(192, kStart + 2ms);
  CHECK(prefetch.allowance(0, kStart + 2ms) == 384);
}

TEST_CASE("prefetch: what was confirmed long ago does not count") {
  Prefetch prefetch({.fixed = {}, .least = 10}, kStart);
  prefetch.confirmed(1000, kStart);
  CHECK(prefetch.allowance(0, kStart + 1s) == 2000);
  CHECK(prefetch.allowance(0, kStart + 2s) == 10);
}

TEST_CASE("prefetch: a little that is free is not worth a claim") {
  Prefetch prefetch({.fixed = {}, .least = 100}, kStart);
  CHECK(prefetch.allowance(76, kStart) == 0);
  CHECK(prefetch.allowance(75, kStart) == 25);
}

TEST_CASE("prefetch: a sink that confirms nothing is given more, up to a bound") {
  Prefetch prefetch({.fixed = {}, .least = 64, .most_unproven = 200}, kStart);
  CHECK(prefetch.allowance(64, kStart + 999ms) == 0);
  CHECK(prefetch.until_more(64, kStart + 999ms) == base::Duration(1ms));
  CHECK(prefetch.allowance(64, kStart + 1s) == 64);
  CHECK(prefetch.allowance(128, kStart + 1s) == 0);
  CHECK(prefetch.allowance(128, kStart + 2s) == 72);
  CHECK(prefetch.allowance(200, kStart + 10s) == 0);
  CHECK_FALSE(prefetch.until_more(200, kStart + 10s));
}

TEST_CASE("prefetch: the little that is free is given when nothing else moves") {
  Prefetch prefetch({.fixed = 10}, kStart);
  CHECK(prefetch.allowance(9, kStart + 999ms) == 0);
  CHECK(prefetch.allowance(9, kStart + 1s) == 1);
}

TEST_CASE("prefetch: a fixed number stays") {
  Prefetch prefetch({.fixed = 5}, kStart);
  prefetch.confirmed(1000, kStart);
  CHECK(prefetch.allowance(0, kStart) == 5);
  CHECK(prefetch.allowance(3, kStart) == 2);
  CHECK(prefetch.allowance(5, kStart + 10s) == 0);
  CHECK_FALSE(prefetch.until_more(5, kStart + 10s));
}
