#include "codec/timestamp.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace codec {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

char* put_two(char* to, unsigned value) {
  to[0] = static_cast<char>('0' + value / 10);
  to[1] = static_cast<char>('0' + value % 10);
  return to + 2;
}

char* put_clock(char* to, unsigned second_of_day) {
  to = put_two(to, second_of_day / 3600);
  *to++ = ':';
  to = put_two(to, second_of_day / 60 % 60);
  *to++ = ':';
  return put_two(to, second_of_day % 60);
}

struct Local {
  year_month_day date;
  unsigned second_of_day;
};

Local local_time(const Timestamp& time) {
  const std::int64_t local = time.seconds + time.offset_minutes * std::int64_t{60};
  const std::int64_t second = (local % kDay + kDay) % kDay;
  return {year_month_day(sys_days(days((local - second) / kDay))), static_cast<unsigned>(second)};
}

}  // namespace

Timestamp timestamp_of(const LocalClock& clock) {
  const auto fraction =
      std::chrono::floor<std::chrono::microseconds>(clock.now - std::chrono::floor<std::chrono::seconds>(clock.now));
  Timestamp result;
  result.seconds = clock.seconds();
  result.nanoseconds = static_cast<std::uint32_t>(fraction.count() * 1000);
  result.offset_minutes = static_cast<std::int16_t>(clock.zone->offset_at(result.seconds).count());
  result.digits = 6;
  return result;
}

void append_iso_time(std::string& out, const Timestamp& time, unsigned max_digits) {
  const Local local = local_time(time);
  std::array<char, 48> text;
  char* to = text.data();
  // An offset may carry the years 0000 and 9999 over the edge of what four digits can say.
  const auto year = static_cast<unsigned>(std::clamp(static_cast<int>(local.date.year()), 0, 9999));
  to = put_two(put_two(to, year / 100), year % 100);
  *to++ = '-';
  to = put_two(to, static_cast<unsigned>(local.date.month()));
  *to++ = '-';
  to = put_two(to, static_cast<unsigned>(local.date.day()));
  *to++ = 'T';
  to = put_clock(to, local.second_of_day);
  const unsigned digits = std::min<unsigned>(time.digits, max_digits);
  if (digits > 0) *to++ = '.';
  std::uint32_t rest = time.nanoseconds;
  for (unsigned i = 0, unit = 100000000; i < digits; ++i, unit /= 10) {
    *to++ = static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  if (time.offset_minutes == 0) {
    *to++ = 'Z';
  } else {
    const auto offset = static_cast<unsigned>(std::abs(time.offset_minutes));
    *to++ = time.offset_minutes < 0 ? '-' : '+';
    to = put_two(to, offset / 60);
    *to++ = ':';
    to = put_two(to, offset % 60);
  }
  out.append(text.data(), to);
}

void append_bsd_time(std::string& out, const Timestamp& time) {
  const Local local = local_time(time);
  std::array<char, 15> text;
  const auto month = static_cast<unsigned>(local.date.month());
  const auto day = static_cast<unsigned>(local.date.day());
  kMonths.copy(text.data(), 3, static_cast<std::size_t>(month - 1) * 3);
  text[3] = ' ';
  put_two(text.data() + 4, day);
  if (day < 10) text[4] = ' ';
  text[6] = ' ';
  put_clock(text.data() + 7, local.second_of_day);
  out.append(text.data(), text.size());
}

}  // namespace codec
