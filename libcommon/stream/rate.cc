#include "stream/rate.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace stream {

Rate::Rate(double per_second, base::Instant now)
    : per_second_(per_second), burst_(std::max(1., per_second / 10)), tokens_(burst_), counted_(now) {}

std::uint64_t Rate::allowance(base::Instant now) {
  if (!limited()) return std::numeric_limits<std::uint64_t>::max();
  tokens_ = std::min(burst_, tokens_ + std::chrono::duration<double>(now - counted_).count() * per_second_);
  counted_ = now;
  return tokens_ >= 1 ? static_cast<std::uint64_t>(tokens_) : 0;
}

void Rate::take(std::uint64_t count) {
  if (limited()) tokens_ -= static_cast<double>(count);
}

base::Duration Rate::until_ready() const {
  if (!limited()) return base::Duration::zero();
  const double missing = std::max(1., burst_ / 2) - tokens_;
  constexpr double kLongest = 3600;  // keeps a very small rate within what a Duration holds
  const double seconds = std::clamp(missing / per_second_, 0., kLongest);
  // A microsecond more, because the timer must not fire just short of a whole message.
  return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(seconds)) +
         std::chrono::microseconds(1);
}

}  // namespace stream
