#include "base/clock.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <limits>
#include <optional>
#include <utility>

namespace base {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::sys_days;

struct Civil {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

// Takes exactly `count` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return {};
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// A separator and two digits.
std::optional<int> take_field(std::string_view& text, char separator) {
  return take(text, separator) ? take_digits(text, 2) : std::nullopt;
}

bool take_date(std::string_view& text, Civil& civil) {
  const auto year = take_digits(text, 4);
  const auto month = year ? take_field(text, '-') : std::nullopt;
  const auto day = month ? take_field(text, '-') : std::nullopt;
  if (!day) return false;
  civil.year = *year;
  civil.month = *month;
  civil.day = *day;
  using namespace std::chrono;
  return year_month_day(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                        std::chrono::day(static_cast<unsigned>(*day)))
      .ok();
}

// ".5" and its like; what is finer than a nanosecond is dropped.
std::optional<nanoseconds> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return nanoseconds::zero();
  nanoseconds::rep value = 0;
  nanoseconds::rep unit = 1'000'000'000;
  bool any = false;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    unit /= 10;
    value += (text.front() - '0') * unit;
    text.remove_prefix(1);
    any = true;
  }
  if (!any) return {};
  return nanoseconds(value);
}

// "12:00" or "12:00:00.5". A leap second counts as the second after it (RFC 3339, section 5.7).
std::optional<nanoseconds> take_time_of_day(std::string_view& text, Civil& civil) {
  const auto hour = take_digits(text, 2);
  const auto minute = hour ? take_field(text, ':') : std::nullopt;
  if (!minute || *hour > 23 || *minute > 59) return {};
  civil.hour = *hour;
  civil.minute = *minute;
  if (text.empty() || text.front() != ':') return nanoseconds::zero();
  const auto second = take_field(text, ':');
  if (!second || *second > 60) return {};
  civil.second = *second;
  return take_fraction(text);
}

std::optional<seconds> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return seconds::zero();
  const bool negative = !text.empty() && text.front() == '-';
  if (!negative && (text.empty() || text.front() != '+')) return {};
  text.remove_prefix(1);
  const auto hour = take_digits(text, 2);
  const auto minute = hour ? take_field(text, ':') : std::nullopt;
  if (!minute || *hour > 23 || *minute > 59) return {};
  const seconds offset = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  return negative ? -offset : offset;
}

// Nothing where nanoseconds since 1970 do not reach (1678 to 2261).
std::optional<WallTime> from_seconds(seconds since_epoch, nanoseconds fraction) {
  constexpr seconds kReach = std::chrono::duration_cast<seconds>(nanoseconds::max()) - seconds(1);
  if (since_epoch > kReach || since_epoch < -kReach) return {};
  return WallTime(since_epoch + fraction);
}

seconds utc_seconds(const Civil& civil) {
  using namespace std::chrono;
  const sys_days day = year(civil.year) / civil.month / civil.day;
  return day.time_since_epoch() + hours(civil.hour) + minutes(civil.minute) + seconds(civil.second);
}

seconds local_seconds(const Civil& civil) {
  std::tm fields{};
  fields.tm_year = civil.year - 1900;
  fields.tm_mon = civil.month - 1;
  fields.tm_mday = civil.day;
  fields.tm_hour = civil.hour;
  fields.tm_min = civil.minute;
  fields.tm_sec = civil.second;
  fields.tm_isdst = -1;
  return seconds(std::mktime(&fields));
}

std::optional<WallTime> calendar_time(std::string_view text) {
  Civil civil;
  if (!take_date(text, civil)) return {};
  if (text.empty()) return from_seconds(local_seconds(civil), {});
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return {};
  const auto fraction = take_time_of_day(text, civil);
  if (!fraction) return {};
  if (text.empty()) return from_seconds(local_seconds(civil), *fraction);
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return {};
  return from_seconds(utc_seconds(civil) - *offset, *fraction);
}

std::optional<WallTime> epoch_time(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const auto whole = parse_number(text.substr(0, point));
  std::string_view rest = text.substr(point);
  const auto fraction = take_fraction(rest);
  if (!whole || !fraction || !rest.empty()) return {};
  if (*whole > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return {};
  return from_seconds(seconds(static_cast<std::int64_t>(*whole)), *fraction);
}

// Of the day of `now`, or of some days before it.
std::optional<WallTime> local_time(WallTime now, int days_before, const Civil& time, nanoseconds fraction) {
  const std::time_t at =
      std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(now));
  std::tm fields{};
  if (::localtime_r(&at, &fields) == nullptr) return {};
  fields.tm_mday -= days_before;
  fields.tm_hour = time.hour;
  fields.tm_min = time.minute;
  fields.tm_sec = time.second;
  fields.tm_isdst = -1;
  return from_seconds(seconds(std::mktime(&fields)), fraction);
}

// "yesterday", "today", either with "10:00" after it, or "10:00" alone.
std::optional<WallTime> day_time(std::string_view text, WallTime now) {
  int days_before = 0;
  Civil civil;
  for (const auto& [word, days] : {std::pair<std::string_view, int>("today", 0), {"yesterday", 1}}) {
    if (!text.starts_with(word)) continue;
    text.remove_prefix(word.size());
    days_before = days;
    if (text.empty()) return local_time(now, days_before, civil, {});
    if (!take(text, ' ')) return {};
    break;
  }
  const auto fraction = take_time_of_day(text, civil);
  if (!fraction || !text.empty()) return {};
  return local_time(now, days_before, civil, *fraction);
}

// What people write behind a number when they say how long ago: "5m", "1 hour", "2 days". Empty: no such word.
std::string_view short_unit(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kWords = {
      {{"second", "s"}, {"sec", "s"}, {"minute", "min"}, {"hour", "h"}, {"day", "d"}, {"week", "w"}}};
  if (word == "m" || word == "mins") return "min";
  for (const auto& [name, unit] : kWords)
    if (word == name || (word.starts_with(name) && word.substr(name.size()) == "s")) return unit;
  return word;
}

std::optional<WallTime> time_ago(std::string_view text, WallTime now) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  const std::size_t number = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::size_t unit = std::min(text.find_first_not_of(' ', number), text.size());
  const auto duration = parse_duration(std::string(text.substr(0, number)).append(short_unit(text.substr(unit))));
  if (!duration || now.time_since_epoch() < nanoseconds::min() + *duration) return {};
  return now - *duration;
}

std::optional<WallTime> any_time(std::string_view text, WallTime now) {
  constexpr std::string_view kAgo = " ago";
  if (text == "now") return now;
  if (const auto time = day_time(text, now)) return time;
  if (text.ends_with(kAgo)) return time_ago(text.substr(0, text.size() - kAgo.size()), now);
  if (text.starts_with('@')) return epoch_time(text.substr(1));
  if (const auto time = calendar_time(text)) return time;
  return epoch_time(text);
}

}  // namespace

WallTime wall_now() {
  return std::chrono::system_clock::now();
}

Instant now() {
  return std::chrono::steady_clock::now();
}

Result<WallTime> parse_time(std::string_view text, WallTime now) {
  const auto time = any_time(text, now);
  if (!time)
    return fail(Kind::usage, "read time '" + std::string(text) + "'",
                "not a time, such as 2024-03-01T12:00:00Z, yesterday 10:00, 10min ago or @1709290000");
  return *time;
}

std::string format_time(WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<microseconds>(time - day));
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

}  // namespace base
