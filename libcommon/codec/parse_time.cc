#include <optional>

#include "base/ascii.h"
#include "codec/timestamp.h"

namespace codec {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year_month_day;

enum class Rule { rfc3339, lenient };

// What may follow a zone's name, besides the end.
bool ends_word(std::string_view text) {
  return text.empty() || text[0] == ' ' || text[0] == ':' || text[0] == '\t';
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

// "hh:mm:ss" to seconds of the day; -1 if it is none. RFC 3339 knows the second 60; ISO 8601 also the end of a day.
std::int64_t parse_clock(const char* at, Rule rule) {
  const unsigned hour = two_digits(at);
  const unsigned minute = two_digits(at + 3);
  const unsigned second = two_digits(at + 6);
  if (minute > 59 || second > 60 || at[2] != ':' || at[5] != ':') return -1;
  const bool day_ends = hour == 24 && minute == 0 && second == 0 && rule == Rule::lenient;
  if (hour > 23 && !day_ends) return -1;
  return hour * 3600 + minute * 60 + second;
}

// ".123" or, where that is allowed, ",123": its length, 0 if there is none.
std::size_t parse_fraction(std::string_view text, Rule rule, Timestamp& time) {
  if (text.size() < 2 || !base::is_digit(text[1])) return 0;
  if (text[0] != '.' && (text[0] != ',' || rule == Rule::rfc3339)) return 0;
  std::size_t at = 1;
  std::uint32_t value = 0;
  unsigned digits = 0;
  for (; at < text.size() && base::is_digit(text[at]); ++at) {
    if (digits == 9) continue;
    value = value * 10 + static_cast<std::uint32_t>(text[at] - '0');
    ++digits;
  }
  time.digits = static_cast<std::uint8_t>(digits);
  for (; digits < 9; ++digits) value *= 10;
  time.nanoseconds = value;
  return at;
}

// "+01:00", also "+0100" and "+01" if the rule allows it: its length, 0 if it is none.
std::size_t parse_numeric_offset(std::string_view text, Rule rule, Timestamp& time) {
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return 0;
  const unsigned hours = two_digits(text.data() + 1);
  const bool colon = text.size() > 3 && text[3] == ':';
  const std::size_t minutes_at = colon ? 4 : 3;
  const bool hours_only = !colon && (text.size() == 3 || !base::is_digit(text[3]));
  if (rule == Rule::rfc3339 && !colon) return 0;
  if (!hours_only && text.size() < minutes_at + 2) return 0;
  const unsigned minute = hours_only ? 0 : two_digits(text.data() + minutes_at);
  if (hours > 23 || minute > 59) return 0;
  const int offset = static_cast<int>(hours * 60 + minute);
  time.offset_minutes = static_cast<std::int16_t>(text[0] == '-' ? -offset : offset);
  return hours_only ? 3 : minutes_at + 2;
}

// " CEST" without the space, empty where no such word stands. "Z" is more likely a host, except before a colon.
std::string_view zone_word(std::string_view text) {
  constexpr std::size_t kLongest = 5;
  if (text.substr(0, 3) == " Z:") return text.substr(1, 1);
  if (text.size() < 4 || text[0] != ' ' || !base::is_upper(text[1])) return {};
  std::size_t end = 1;
  while (end < text.size() && end <= kLongest && base::is_letter(text[end])) ++end;
  return end > 3 && ends_word(text.substr(end)) ? text.substr(1, end - 1) : std::string_view();
}

std::optional<minutes> named_offset(std::string_view word, const LocalClock& clock, std::int64_t local) {
  if (word.empty()) return {};
  if (word == "UTC" || word == "GMT" || word == "Z") return minutes(0);
  return clock.zone->offset_named(word, local);
}

// What stands at the end of a looser time; nothing there is the local offset.
std::size_t parse_lenient_offset(std::string_view text, const LocalClock& clock, std::int64_t local, Timestamp& time) {
  if (!text.empty() && (text[0] == 'Z' || text[0] == 'z')) return 1;
  if (const std::size_t length = parse_numeric_offset(text, Rule::lenient, time); length > 0) return length;
  if (text.size() > 1 && text[0] == ' ') {
    const std::size_t length = parse_numeric_offset(text.substr(1), Rule::lenient, time);
    if (length > 0 && ends_word(text.substr(length + 1))) return length + 1;
    time.offset_minutes = 0;
  }
  const std::string_view word = zone_word(text);
  const std::optional<minutes> named = named_offset(word, clock, local);
  time.offset_assumed = !named;
  time.offset_minutes =
      static_cast<std::int16_t>((named ? *named : clock.zone->offset_of(local, clock.seconds())).count());
  return named ? word.size() + 1 : 0;
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

// A year that stands where RFC 3164 has none must look like one of this age, else it is a host's name or a number.
std::optional<int> plausible_year(std::string_view text) {
  const std::optional<int> year = four_digits(text);
  if (!year || *year < 1970 || *year > 2100) return {};
  return year;
}

// " 2021" after the time.
std::optional<int> year_at_end(std::string_view text) {
  if (text.size() < 5 || text[0] != ' ') return {};
  const std::string_view after = text.substr(5);
  const bool ends = after.empty() || after[0] == ' ' || after == ":" || after.substr(0, 2) == ": ";
  return ends ? plausible_year(text.substr(1)) : std::nullopt;
}

// "Oct 11 " or "Oct  1 " or "Oct 1 ": its length, with the space that follows.
std::size_t parse_month_and_day(std::string_view text, unsigned& month, unsigned& day) {
  if (text.size() < 6 || text[3] != ' ') return 0;
  month = month_named(text.data());
  if (month == 0) return 0;
  std::size_t at = text[4] == ' ' ? 5 : 4;
  if (at >= text.size() || !base::is_digit(text[at])) return 0;
  day = static_cast<unsigned>(text[at++] - '0');
  if (at < text.size() && base::is_digit(text[at])) day = day * 10 + static_cast<unsigned>(text[at++] - '0');
  return at < text.size() && text[at] == ' ' ? at + 1 : 0;
}

struct BsdFields {
  std::optional<int> year;
  unsigned month = 0;
  unsigned day = 0;
  std::int64_t second = 0;  // of the day
  std::string_view zone;
};

std::size_t parse_bsd_fields(std::string_view text, BsdFields& fields, Timestamp& time) {
  std::size_t at = 0;
  if (text.size() > 5 && text[4] == ' ' && (fields.year = plausible_year(text))) at = 5;
  const std::size_t date_length = parse_month_and_day(text.substr(at), fields.month, fields.day);
  if (date_length == 0) return 0;
  at += date_length;
  if (!fields.year && text.size() > at + 5 && text[at + 4] == ' ' && (fields.year = plausible_year(text.substr(at))))
    at += 5;
  if (text.size() < at + 8) return 0;
  fields.second = parse_clock(text.data() + at, Rule::lenient);
  if (fields.second < 0) return 0;
  at += 8;
  at += parse_fraction(text.substr(at), Rule::rfc3339, time);
  if (!fields.year && (fields.year = year_at_end(text.substr(at)))) at += 5;
  fields.zone = zone_word(text.substr(at));
  return at;
}

struct LocalMoment {
  std::int64_t seconds;  // as if its clock showed UTC
  minutes offset;
};

LocalMoment with_offset(std::int64_t local, std::string_view zone, const LocalClock& clock) {
  const std::optional<minutes> named = named_offset(zone, clock, local);
  return {local, named ? *named : clock.zone->offset_of(local, clock.seconds())};
}

// In the latest year that puts it at most two days ahead of now: logs are of the past, and clocks may be wrong.
std::optional<LocalMoment> in_latest_year(const BsdFields& fields, const LocalClock& clock) {
  constexpr std::int64_t kAhead = 2 * kDay;
  const std::int64_t now = clock.seconds();
  const sys_days today = std::chrono::floor<days>(clock.now);
  const int this_year = static_cast<int>(year_month_day(today).year());
  // As far back as the last leap year may be, for February 29.
  for (int year = this_year + 1; year >= this_year - 8; --year) {
    const std::optional<std::int64_t> start = day_start(year, fields.month, fields.day);
    if (!start || *start + fields.second > now + kAhead + kDay) continue;
    const LocalMoment moment = with_offset(*start + fields.second, fields.zone, clock);
    if (moment.seconds - moment.offset.count() * 60 <= now + kAhead) return moment;
  }
  return std::nullopt;
}

std::optional<LocalMoment> moment_of(const BsdFields& fields, const LocalClock& clock) {
  if (!fields.year) return in_latest_year(fields, clock);
  const std::optional<std::int64_t> start = day_start(*fields.year, fields.month, fields.day);
  if (!start) return {};
  return with_offset(*start + fields.second, fields.zone, clock);
}

// The seconds that date and time of day show, and the length up to them.
std::size_t parse_iso_fields(std::string_view text, Rule rule, std::int64_t& local) {
  constexpr std::size_t kLength = 19;
  if (text.size() < kLength || text[4] != text[7]) return 0;
  const bool is_rfc3339 = text[4] == '-' && text[10] == 'T';
  const bool is_lenient = (text[4] == '-' || text[4] == '/') && (text[10] == 'T' || text[10] == 't' || text[10] == ' ');
  if (!is_rfc3339 && (rule == Rule::rfc3339 || !is_lenient)) return 0;
  const std::optional<int> year = four_digits(text);
  const unsigned month = two_digits(text.data() + 5);
  const unsigned day = two_digits(text.data() + 8);
  const std::int64_t second = parse_clock(text.data() + 11, rule);
  if (!year || second < 0) return 0;
  const std::optional<std::int64_t> start = day_start(*year, month, day);
  if (!start) return 0;
  local = *start + second;
  return kLength;
}

}  // namespace

std::size_t parse_rfc3339_time(std::string_view text, Timestamp& time) {
  std::int64_t local = 0;
  std::size_t at = parse_iso_fields(text, Rule::rfc3339, local);
  if (at == 0) return 0;
  Timestamp result;
  at += parse_fraction(text.substr(at), Rule::rfc3339, result);
  const std::string_view rest = text.substr(at);
  const std::size_t length = rest.substr(0, 1) == "Z" ? 1 : parse_numeric_offset(rest, Rule::rfc3339, result);
  if (length == 0) return 0;
  result.seconds = local - result.offset_minutes * std::int64_t{60};
  time = result;
  return at + length;
}

std::size_t parse_iso_time(std::string_view text, const LocalClock& clock, Timestamp& time) {
  std::int64_t local = 0;
  std::size_t at = parse_iso_fields(text, Rule::lenient, local);
  if (at == 0) return 0;
  Timestamp result;
  at += parse_fraction(text.substr(at), Rule::lenient, result);
  at += parse_lenient_offset(text.substr(at), clock, local, result);
  result.seconds = local - result.offset_minutes * std::int64_t{60};
  time = result;
  return at;
}

std::size_t parse_bsd_time(std::string_view text, const LocalClock& clock, Timestamp& time) {
  BsdFields fields;
  Timestamp result;
  std::size_t at = parse_bsd_fields(text, fields, result);
  if (at == 0) return 0;
  // As date(1) writes it: "CST 1987". The zone may be one that only the sender knows.
  const std::size_t zone_length = fields.zone.empty() ? 0 : fields.zone.size() + 1;
  const bool dated = zone_length > 0 && !fields.year && (fields.year = year_at_end(text.substr(at + zone_length)));
  const std::optional<LocalMoment> moment = moment_of(fields, clock);
  if (!moment) return 0;
  const bool named = named_offset(fields.zone, clock, moment->seconds).has_value();
  if (named || dated) at += zone_length + (dated ? 5 : 0);
  result.seconds = moment->seconds - moment->offset.count() * 60;
  result.offset_minutes = static_cast<std::int16_t>(moment->offset.count());
  result.offset_assumed = !named;
  time = result;
  return at;
}

std::size_t parse_epoch_time(std::string_view text, Timestamp& time) {
  Timestamp result;
  std::size_t at = 0;
  for (; at < text.size() && at < 12 && base::is_digit(text[at]); ++at)
    result.seconds = result.seconds * 10 + (text[at] - '0');
  if (at < 9 || at > 11) return 0;
  at += parse_fraction(text.substr(at), Rule::rfc3339, result);
  time = result;
  return at;
}

std::size_t time_like_length(std::string_view text) {
  const std::size_t space = std::min(text.find(' '), text.size());
  // "2024-02-30T..."
  if (space >= 10 && text[4] == '-' && text[7] == '-' && four_digits(text)) return space;
  unsigned month = 0;
  unsigned day = 0;
  const std::size_t date = parse_month_and_day(text, month, day);
  if (date == 0 || text.size() < date + 8 || text[date + 2] != ':' || text[date + 5] != ':') return 0;
  return std::min(text.find(' ', date), text.size());
}

}  // namespace codec
