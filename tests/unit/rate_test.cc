#include "stream/rate.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using stream::Rate;

namespace {

const base::Instant kStart{};

}  // namespace

TEST_CASE("without a rate nothing is held back") {
  Rate rate(0, kStart);
  rate.take(1'000'000'000);
  CHECK_FALSE(rate.limited());
  CHECK(rate.allowance(kStart) > 1'000'000'000'000U);
  CHECK(rate.until_ready() == base::Duration::zero());
}

TEST_CASE("a tenth of a second's worth goes at once, also after a long pause") {
  Rate rate(1000, kStart);
  CHECK(rate.allowance(kStart) == 100);
  CHECK(rate.allowance(kStart + 1h) == 100);
}

TEST_CASE("a slow rate lets single messages through") {
  Rate rate(2, kStart);
  CHECK(rate.allowance(kStart) == 1);
  rate.take(1);
  CHECK(rate.allowance(kStart + 400ms) == 0);
  CHECK(rate.allowance(kStart + 500ms) == 1);
}

TEST_CASE("what went beyond the allowance is waited for") {
  Rate rate(1000, kStart);
  rate.take(1100);  // 100 were allowed
  CHECK(rate.allowance(kStart + 999ms) == 0);
  CHECK(rate.allowance(kStart + 1100ms) == 100);
}

TEST_CASE("waiting until ready gives an allowance worth waking up for") {
  Rate rate(1000, kStart);
  rate.take(100);
  CHECK(rate.allowance(kStart) == 0);
  CHECK(rate.until_ready() >= 50ms);
  CHECK(rate.until_ready() < 51ms);
  CHECK(rate.allowance(kStart + rate.until_ready()) >= 50);
}

TEST_CASE("a tiny rate waits for a time that can be counted") {
  Rate rate(1e-12, kStart);
  rate.take(1);
  CHECK(rate.until_ready() > 59min);
  CHECK(rate.until_ready() < 2h);
}

TEST_CASE("over a second the rate is kept") {
  Rate rate(730, kStart);
  std::uint64_t sent = 0;
  for (auto at = kStart; at < kStart + 10s; at += 7ms) {
    const auto allowed = rate.allowance(at);
    rate.take(allowed);
    sent += allowed;
  }
  CHECK(sent >= 7290);
  CHECK(sent <= 7300 + 73);
}
