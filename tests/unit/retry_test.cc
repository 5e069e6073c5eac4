#include "stream/retry.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using stream::Retry;

namespace {
constexpr base::Instant kStart{};
}

TEST_CASE("without a limit retries never end and grow apart") {
  Retry retry({}, 1);
  CHECK(retry.failed(kStart) <= 100ms);
  CHECK(retry.failed(kStart + 1h) >= 100ms);
  CHECK(retry.failed(kStart + 100h) >= 200ms);
}

TEST_CASE("a limit of zero allows no retry") {
  Retry retry(0s, 1);
  CHECK_FALSE(retry.failed(kStart));
}

TEST_CASE("retries end when failures have gone on for the limit") {
  Retry retry(1min, 1);
  CHECK(retry.failed(kStart));
  CHECK(retry.failed(kStart + 59s));
  CHECK_FALSE(retry.failed(kStart + 60s));
}

TEST_CASE("what was of no use before it failed counts from then on") {
  Retry retry(1min, 1);
  CHECK_FALSE(retry.failed(kStart + 60s, kStart));
  CHECK(retry.failing_since() == kStart);
}

TEST_CASE("the last retry comes when the limit is reached") {
  Retry retry(150ms, 1);
  CHECK(retry.failed(kStart));
  CHECK(retry.failed(kStart + 140ms) == 10ms);
}

TEST_CASE("a success starts the limit and the delays afresh") {
  Retry retry(1min, 1);
  CHECK(retry.failed(kStart));
  retry.succeeded();
  CHECK(retry.failed(kStart + 60s) <= 100ms);
}
