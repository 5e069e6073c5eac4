// Times as log messages carry them: an instant, the zone it was written in and how exact it is.
//
// Notations: RFC 3339 as RFC 5424 section 6.2.3 narrows it; the looser ISO forms of other senders and of application
// logs; RFC 3164's "Oct 11 22:14:15", which says neither year nor zone; seconds since 1970.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/zone.h"

namespace codec {

constexpr std::int64_t kDay = 86400;  // seconds
// Three letters each, as RFC 3164 and asctime() have them.
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

struct Timestamp {
  std::int64_t seconds = 0;  // since the epoch, UTC; a leap second counts as the first of the next minute
  std::uint32_t nanoseconds = 0;
  std::int16_t offset_minutes = 0;  // east of UTC
  std::uint8_t digits = 0;          // of the fraction, 0 to 9
  bool offset_assumed = false;      // the message did not say; it is the local one

  bool operator==(const Timestamp&) const = default;
};

// What a time that lacks its year or its offset is completed by.
struct LocalClock {
  base::WallTime now{};            // of reception
  const base::Zone* zone = &kUtc;  // this host's; must outlive what uses it
  static inline const base::Zone kUtc{};

  // Whole seconds since 1970.
  [[nodiscard]] std::int64_t seconds() const {
    return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  }
};

// The moment of reception. Microseconds, as syslog has them.
Timestamp timestamp_of(const LocalClock& clock);

// Each parse function returns how many bytes of the start of `text` are a time, 0 if they are none. What follows is for
// the caller to check. A fraction has any number of digits, of which nine count.

// RFC 3339 with "T" and "Z" in upper case.
std::size_t parse_rfc3339_time(std::string_view text, Timestamp& time);

// Also with a space or "t" between date and time, "/" in the date, a comma before the fraction, and "24:00:00". The
// offset may be "z", "+hhmm" or "+hh", stand after a space, be the name of a zone (UTC, GMT, those of the clock's
// zone), or be missing: then it is the one that the clock's zone has at that time.
std::size_t parse_iso_time(std::string_view text, const LocalClock& clock, Timestamp& time);

// "Oct 11 22:14:15", also with a one-digit day, in any case, with a fraction, with a year before the month, after the
// day or at the end, with the name of a zone. Without a year: the latest that puts it at most two days ahead of now.
std::size_t parse_bsd_time(std::string_view text, const LocalClock& clock, Timestamp& time);

// "1563249630.774247467": 9 to 11 digits, and a fraction perhaps.
std::size_t parse_epoch_time(std::string_view text, Timestamp& time);

// The length of what looks like one of these times, if only by where its digits are: "Feb 30 25:00:00". Up to a space
// or the end.
std::size_t time_like_length(std::string_view text);

// "2003-10-11T22:14:15.003Z" with the time's own offset and precision, of which at most `max_digits`.
void append_iso_time(std::string& out, const Timestamp& time, unsigned max_digits = 9);

// "Oct  1 22:14:15" in the time's own zone.
void append_bsd_time(std::string& out, const Timestamp& time);

}  // namespace codec
