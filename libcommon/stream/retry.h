// When to try something again, and when to give up. Passive; whoever uses it has the timer.
#pragma once

#include <cstdint>
#include <optional>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/units.h"

namespace stream {

class Retry {
 public:
  // `limit`: how long failures may go on without a success in between; none: for ever; zero: the first one is the last.
  Retry(std::optional<base::Duration> limit, std::uint64_t seed) : limit_(limit), backoff_(seed) {}

  // How long to wait before the next try; nothing: give up. `since`: what failed was of no use from then on already.
  std::optional<base::Duration> failed(base::Instant now, std::optional<base::Instant> since = {});
  void succeeded();
  // Failures so far are no reason to give up; the pauses stay long.
  void restart_clock() { failing_since_.reset(); }
  // The pauses begin again with the shortest.
  void hurry() { backoff_.reset(); }
  // The first failure since the last success or restart_clock().
  [[nodiscard]] std::optional<base::Instant> failing_since() const { return failing_since_; }

 private:
  std::optional<base::Duration> limit_;
  base::Backoff backoff_;
  std::optional<base::Instant> failing_since_;
};

// A seed that differs between processes and moments, so that many of them do not try again at the same time.
std::uint64_t retry_seed();

}  // namespace stream
