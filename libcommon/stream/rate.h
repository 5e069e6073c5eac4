// A token bucket: how many messages may go now. Passive: the caller passes the time in.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/units.h"

namespace stream {

class Rate {
 public:
  // Messages a second; 0: no limit. After a pause at most a tenth of a second's worth, and at least one message, goes
  // at once.
  Rate(double per_second, base::Instant now);

  [[nodiscard]] bool limited() const { return per_second_ > 0; }

  // Whole messages that may go now; without a limit, as good as infinite.
  [[nodiscard]] std::uint64_t allowance(base::Instant now);

  // So many went. More than was allowed is a debt that later messages wait for.
  void take(std::uint64_t count);

  // After an allowance of 0: how long to wait, so that it is worth waking up.
  [[nodiscard]] base::Duration until_ready() const;

 private:
  double per_second_;
  double burst_;
  double tokens_;
  base::Instant counted_;  // up to when tokens_ holds
};

}  // namespace stream
