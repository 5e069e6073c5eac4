// The one retry policy: exponential, with jitter, capped. Passive; whoever uses it has the timer.
#pragma once

#include <cstdint>
#include <random>

#include "base/units.h"

namespace base {

class Backoff {
 public:
  static constexpr Duration kFirst = std::chrono::milliseconds(100);
  static constexpr Duration kCap = std::chrono::seconds(30);

  explicit Backoff(std::uint64_t seed) : random_(seed) {}

  // How long to wait before the next try: 100 ms, doubled with every failure up to 30 s, less up to half of it at
  // random.
  Duration next();

  // After a success.
  void reset() { failures_ = 0; }

 private:
  std::mt19937_64 random_;
  unsigned failures_ = 0;
};

}  // namespace base
