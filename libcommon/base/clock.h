// Wall-clock times as people write them; monotonic time for deadlines.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace base {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
using Instant = std::chrono::steady_clock::time_point;

WallTime wall_now();
Instant now();

// "2024-03-01T12:00:00Z", with fraction and offset (RFC 3339); without an offset, local time; "2024-03-01";
// "10min ago", "5m ago", "1 hour ago", "2 days ago", "now"; "today", "yesterday", "10:00" (today), "yesterday 10:00",
// in local time; "@1709290000.5" or a bare count of seconds since the epoch. Relative forms count from `now`.
Result<WallTime> parse_time(std::string_view text, WallTime now);

// UTC with microseconds: "2024-03-01T12:00:00.000000Z" (RFC 3339, section 5.6).
std::string format_time(WallTime time);

}  // namespace base
