// Times in a notation that the caller describes, as strptime(3) does.
//
//   iso8601, unix, unix_ms, rfc3164    2024-03-01T12:00:00.5+01:00, 1709290800.5, 1709290800500, Mar  1 12:00:00
//   %Y %m %d %H %M %S                  numbers: year of four digits, month, day, hour, minute, second
//   %e %k %l %I %y %j                  day, hour (both also with a space before them), hours of twelve, year of two
//                                      digits (from 69 on of the last century), day of the year
//   %f                                 the digits of a fraction of a second
//   %b %B %h, %a %A, %p                the name of a month or a day, of three letters or whole; AM, PM
//   %z %Z                              +0100, +01:00, +01, Z; the name of a zone, UTC or one of those that the zone has
//   %s                                 seconds since 1970
//   %F %T %R %D                        %Y-%m-%d, %H:%M:%S, %H:%M, %m/%d/%y
//   %%, %n, %t, a space                a percent sign; any white space, or none
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/timestamp.h"

namespace rules {

class DateFormat {
 public:
  // Kind::usage for what is no such notation, and for one that says too little: it needs month and day, or %j, or %s.
  static base::Result<DateFormat> compile(std::string_view text);

  // Whether all of the text is such a time. What it does not say comes of the clock: the zone, and as year the latest
  // that puts the time at most two days ahead of now.
  bool parse(std::string_view text, const codec::LocalClock& clock, codec::Timestamp& time) const;

 private:
  enum class Kind { iso8601, seconds, milliseconds, rfc3164, pattern };

  Kind kind_ = Kind::pattern;
  std::string pattern_;  // without %F and its kin
};

}  // namespace rules
