// The header Retry-After (RFC 9110, section 10.2.3). Passive.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/units.h"

namespace logsend::http {

inline constexpr base::Duration kLongestPause = std::chrono::minutes(10);

// How long to wait at least: the value is a number of seconds or a date. At most kLongestPause; a date that has passed
// is zero. Nothing: it is neither, or empty.
std::optional<base::Duration> parse_retry_after(std::string_view value, base::WallTime now);

}  // namespace logsend::http
