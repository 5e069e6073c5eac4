#include "codec/timestamp.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

namespace codec {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kDay = 86400;
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

// Over 99 when one of the two is no digit.
unsigned two_digits(const char* at) {
  const auto tens = static_cast<unsigned char>(at[0] - '0');
  const auto ones = static_cast<unsigned char>(at[1] - '0');
  return tens > 9 || ones > 9 ? 100 : tens * 10U + ones;
}

std::optional<int> four_digits(std::string_view text) {
  if (text.size() < 4) return {};
  const unsigned high = two_digits(text.data());
  const unsigned low = two_digits(text.data() + 2);
  if (high > 99 || low > 99) return {};
  return static_cast<int>(high * 100 + low);
}

// "hh:mm:ss" to seconds of the day; -1 if it is none. RFC 3339 knows the second 60.
std::int64_t parse_clock(const char* at) {
  const unsigned hour = two_digits(at);
  const unsigned minute = two_digits(at + 3);
  const unsigned second = two_digits(at + 6);
  if (hour > 23 || minute > 59 || second > 60 || at[2] != ':' || at[5] != ':') return -1;
  return hour * 3600 + minute * 60 + second;
}

// ".123": its length, 0 if there is none.
std::size_t parse_fraction(std::string_view text, Timestamp& time) {
  if (text.size() < 2 || text[0] != '.' || !is_digit(text[1])) return 0;
  std::size_t at = 1;
  std::uint32_t value = 0;
  unsigned digits = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    if (digits == 9) continue;
    value = value * 10 + static_cast<std::uint32_t>(text[at] - '0');
    ++digits;
  }
  time.digits = static_cast<std::uint8_t>(digits);
  for (; digits < 9; ++digits) value *= 10;
  time.nanoseconds = value;
  return at;
}

// The offset's length; nothing if what stands there is no offset that the rule allows.
std::optional<std::size_t> parse_offset(std::string_view text, Iso rule, Timestamp& time) {
  if (!text.empty() && text[0] == 'Z') return 1;
  if (text.size() >= 5 && (text[0] == '+' || text[0] == '-')) {
    const std::size_t minutes_at = text[3] == ':' ? 4 : 3;
    if (minutes_at == 3 && rule == Iso::strict) return {};
    if (text.size() < minutes_at + 2) return {};
    const unsigned hours = two_digits(text.data() + 1);
    const unsigned minutes = two_digits(text.data() + minutes_at);
    if (hours > 23 || minutes > 59) return {};
    const int offset = static_cast<int>(hours * 60 + minutes);
    time.offset_minutes = static_cast<std::int16_t>(text[0] == '-' ? -offset : offset);
    return minutes_at + 2;
  }
  if (rule == Iso::strict) return {};
  time.offset_assumed = true;
  return 0;
}

// 1 to 12, 0 for none.
unsigned month_named(const char* at) {
  const auto lower = [](char c) { return static_cast<unsigned>(c) | 0x20U; };
  const unsigned name = lower(at[0]) << 16 | lower(at[1]) << 8 | lower(at[2]);
  for (unsigned month = 1; month <= 12; ++month) {
    const char* known = kMonths.data() + static_cast<std::size_t>(month - 1) * 3;
    if (name == (lower(known[0]) << 16 | lower(known[1]) << 8 | lower(known[2]))) return month;
  }
  return 0;
}

std::optional<std::int64_t> day_start(int year, unsigned month, unsigned day) {
  const year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return {};
  return sys_days(date).time_since_epoch().count() * kDay;
}

// The start of that day, as local time, in the latest year that does not put `second` of it further ahead of
// `local_now` than a wrong clock would: logs are of the past.
std::optional<std::int64_t> latest_day(unsigned month, unsigned day, std::int64_t second, std::int64_t local_now) {
  constexpr std::int64_t kAhead = 31 * kDay;
  const sys_days today{days((local_now - (local_now % kDay + kDay) % kDay) / kDay)};
  const int this_year = static_cast<int>(year_month_day(today).year());
  // As far back as the last leap year may be, for February 29.
  for (int year = this_year + 1; year >= this_year - 8; --year) {
    const std::optional<std::int64_t> start = day_start(year, month, day);
    if (start && *start + second - local_now <= kAhead) return start;
  }
  return std::nullopt;
}

// A year that stands where RFC 3164 has none must look like one of this age, else it is a host's name or a number.
std::optional<int> plausible_year(std::string_view text) {
  const std::optional<int> year = four_digits(text);
  if (!year || *year < 1970 || *year > 2100) return {};
  return year;
}

// "Oct 11 " or "Oct  1 " or "Oct 1 ": its length, with the space that follows.
std::size_t parse_month_and_day(std::string_view text, unsigned& month, unsigned& day) {
  if (text.size() < 6 || text[3] != ' ') return 0;
  month = month_named(text.data());
  if (month == 0) return 0;
  std::size_t at = text[4] == ' ' ? 5 : 4;
  if (at >= text.size() || !is_digit(text[at])) return 0;
  day = static_cast<unsigned>(text[at++] - '0');
  if (at < text.size() && is_digit(text[at])) day = day * 10 + static_cast<unsigned>(text[at++] - '0');
  return at < text.size() && text[at] == ' ' ? at + 1 : 0;
}

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

Timestamp timestamp_of(base::WallTime time, std::chrono::minutes offset) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto fraction = std::chrono::floor<std::chrono::microseconds>(time - second);
  Timestamp result;
  result.seconds = second.time_since_epoch().count();
  result.nanoseconds = static_cast<std::uint32_t>(fraction.count() * 1000);
  result.offset_minutes = static_cast<std::int16_t>(offset.count());
  result.digits = 6;
  return result;
}

std::size_t parse_iso_time(std::string_view text, Iso rule, std::chrono::minutes local_offset, Timestamp& time) {
  constexpr std::size_t kToSecond = 19;
  if (text.size() < kToSecond || text[4] != '-' || text[7] != '-' || text[10] != 'T') return 0;
  const std::optional<int> year = four_digits(text);
  const unsigned month = two_digits(text.data() + 5);
  const unsigned day = two_digits(text.data() + 8);
  const std::int64_t second = parse_clock(text.data() + 11);
  if (!year || second < 0) return 0;
  const std::optional<std::int64_t> start = day_start(*year, month, day);
  if (!start) return 0;
  Timestamp result;
  std::size_t at = kToSecond;
  at += parse_fraction(text.substr(at), result);
  const std::optional<std::size_t> offset_length = parse_offset(text.substr(at), rule, result);
  if (!offset_length) return 0;
  if (result.offset_assumed) result.offset_minutes = static_cast<std::int16_t>(local_offset.count());
  result.seconds = *start + second - result.offset_minutes * std::int64_t{60};
  time = result;
  return at + *offset_length;
}

std::size_t parse_bsd_time(std::string_view text, base::WallTime now, std::chrono::minutes local_offset,
                           Timestamp& time) {
  std::size_t at = 0;
  std::optional<int> year;
  if (text.size() > 5 && text[4] == ' ' && (year = plausible_year(text))) at = 5;
  unsigned month = 0;
  unsigned day = 0;
  const std::size_t date_length = parse_month_and_day(text.substr(at), month, day);
  if (date_length == 0) return 0;
  at += date_length;
  if (!year && text.size() > at + 5 && text[at + 4] == ' ' && (year = plausible_year(text.substr(at)))) at += 5;
  if (text.size() < at + 8) return 0;
  const std::int64_t second = parse_clock(text.data() + at);
  if (second < 0) return 0;
  at += 8;
  Timestamp result;
  at += parse_fraction(text.substr(at), result);
  if (!year && text.size() > at + 4 && text[at] == ' ' && (year = plausible_year(text.substr(at + 1)))) {
    const std::string_view after = text.substr(at + 5);
    const bool ends = after.empty() || after[0] == ' ' || after == ":" || after.substr(0, 2) == ": ";
    if (ends) at += 5;
    if (!ends) year.reset();
  }
  const std::int64_t offset = local_offset.count() * 60;
  const std::int64_t local_now = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() + offset;
  const auto start = year ? day_start(*year, month, day) : latest_day(month, day, second, local_now);
  if (!start) return 0;
  result.seconds = *start + second - offset;
  result.offset_minutes = static_cast<std::int16_t>(local_offset.count());
  result.offset_assumed = true;
  time = result;
  return at;
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
