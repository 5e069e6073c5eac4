#include "base/backoff.h"

#include <algorithm>

namespace base {

Duration Backoff::next() {
  constexpr unsigned kDoublings = 9;  // 100 ms * 2^9 is over the cap
  const Duration full = std::min(kCap, kFirst * (1 << std::min(failures_, kDoublings)));
  ++failures_;
  std::uniform_int_distribution<Duration::rep> jitter(0, full.count() / 2);
  return full - Duration(jitter(random_));
}

}  // namespace base
