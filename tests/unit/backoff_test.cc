#include "base/backoff.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using base::Backoff;

namespace {

bool within(base::Duration wait, base::Duration full) {
  return wait >= full / 2 && wait <= full;
}

}  // namespace

TEST_CASE("waits double from 100 ms, less up to half") {
  Backoff backoff(1);
  CHECK(within(backoff.next(), 100ms));
  CHECK(within(backoff.next(), 200ms));
  CHECK(within(backoff.next(), 400ms));
  CHECK(within(backoff.next(), 800ms));
}

TEST_CASE("a wait is never over 30 s, however many failures there were") {
  Backoff backoff(2);
  for (int i = 0; i < 100; ++i) CHECK(backoff.next() <= 30s);
  CHECK(within(backoff.next(), 30s));
}

TEST_CASE("a success starts the waits anew") {
  Backoff backoff(3);
  (void)backoff.next();
  (void)backoff.next();
  backoff.reset();
  CHECK(within(backoff.next(), 100ms));
}

TEST_CASE("different seeds give different waits") {
  CHECK(Backoff(4).next() != Backoff(5).next());
}
