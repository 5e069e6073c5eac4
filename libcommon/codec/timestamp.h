// Times as log messages carry them: an instant, the zone it was written in and how exact it is.
//
// Three notations: RFC 3339 as RFC 5424 section 6.2.3 narrows it, the looser ISO forms found in RFC 3164 messages, and
// RFC 3164's "Oct 11 22:14:15", which says neither year nor zone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace codec {

struct Timestamp {
  std::int64_t seconds = 0;  // since the epoch, UTC; a leap second counts as the first of the next minute
  std::uint32_t nanoseconds = 0;
  std::int16_t offset_minutes = 0;  // east of UTC
  std::uint8_t digits = 0;          // of the fraction, 0 to 9
  bool offset_assumed = false;      // the message did not say; it is the local one

  bool operator==(const Timestamp&) const = default;
};

// Microseconds, as syslog has them.
Timestamp timestamp_of(base::WallTime time, std::chrono::minutes offset);

enum class Iso {
  strict,   // RFC 5424: "T" and "Z" in upper case, an offset "+hh:mm" is a must
  lenient,  // "+hhmm" as well, or no offset: the local one
};

// Each returns how many bytes of the start of `text` are a time, 0 if they are none. What follows is for the caller to
// check. A fraction has any number of digits, of which nine count.
std::size_t parse_iso_time(std::string_view text, Iso rule, std::chrono::minutes local_offset, Timestamp& time);

// "Oct 11 22:14:15", also with a one-digit day, in any case, with a fraction, with a year before the month, after the
// day or at the end. Without a year: the latest that is not over a month ahead of `now`.
std::size_t parse_bsd_time(std::string_view text, base::WallTime now, std::chrono::minutes local_offset,
                           Timestamp& time);

// "2003-10-11T22:14:15.003Z" with the time's own offset and precision, of which at most `max_digits`.
void append_iso_time(std::string& out, const Timestamp& time, unsigned max_digits = 9);

// "Oct  1 22:14:15" in the time's own zone.
void append_bsd_time(std::string& out, const Timestamp& time);

}  // namespace codec
