// Times as HTTP APIs have them: numbers since 1970, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "codec/timestamp.h"

namespace logcat {

// Nothing for a time that an event cannot have: before 1970, after 9999.
std::optional<codec::Timestamp> unix_time(std::int64_t seconds, std::uint32_t nanoseconds);

// Digits: nanoseconds.
std::optional<codec::Timestamp> parse_unix_nanoseconds(std::string_view text);

// "1433188255.253", also "1.433188255253e9". What would be a time after 9999 is taken for milliseconds.
std::optional<codec::Timestamp> parse_unix_seconds(std::string_view text);

}  // namespace logcat
