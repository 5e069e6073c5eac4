// How many messages a reader may hold that its sink has not confirmed, where others read from the same queue: no more
// than it can soon pass on, since what one holds the others cannot have. Passive.
//
// Unless the number is fixed, it is twice what the sink has confirmed in the last two seconds, and at least `least`. A
// sink that confirms nothing for a second, with all that may be held, is given twice as much, up to `most_unproven`:
// some confirm only when they have enough.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.h"
#include "base/units.h"

namespace stream {

struct PrefetchOptions {
  std::optional<std::uint64_t> fixed;
  std::uint64_t least = 64;
  std::uint64_t most_unproven = 1024;
};

class Prefetch {
 public:
  Prefetch(PrefetchOptions options, base::Instant now);

  // The first `count` messages ever are confirmed.
  void confirmed(std::uint64_t count, base::Instant now);

  // How many more may be held than the `held` that are not confirmed; 0 unless a useful part is free.
  [[nodiscard]] std::uint64_t allowance(std::uint64_t held, base::Instant now);

  // After an allowance of 0: when to ask again, even if nothing is confirmed; none: never.
  [[nodiscard]] std::optional<base::Duration> until_more(std::uint64_t held, base::Instant now);

 private:
  struct Mark {
    base::Instant time;
    std::uint64_t confirmed;  // before that
  };
  [[nodiscard]] std::uint64_t limit(base::Instant now);
  [[nodiscard]] bool may_grow() const { return !options_.fixed && least_ < options_.most_unproven; }

  PrefetchOptions options_;
  std::uint64_t least_;
  std::uint64_t confirmed_ = 0;
  std::deque<Mark> marks_;  // of the last two seconds
  base::Instant moved_;     // when something was confirmed or allowed
};

}  // namespace stream
