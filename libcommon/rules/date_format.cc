#include "rules/date_format.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/quote.h"

namespace rules {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kEarliest = -62167219200;  // 0000-01-01
constexpr std::int64_t kLatest = 253402300799;    // 9999-12-31
constexpr std::string_view kSingle = "YmdHMSefklIyjbBhaApzZsnt%";
constexpr std::array<std::pair<char, std::string_view>, 4> kShort = {
    {{'F', "%Y-%m-%d"}, {'T', "%H:%M:%S"}, {'R', "%H:%M"}, {'D', "%m/%d/%y"}}};
constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kDays = {"monday", "tuesday",  "wednesday", "thursday",
                                                   "friday", "saturday", "sunday"};

bool starts_in_any_case(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) { return a == (b | 0x20); });
}

// What a time says.
struct Fields {
  std::optional<int> year;
  int month = 1;
  int day = 1;
  std::optional<int> day_of_year;
  int hour = 0;
  std::optional<bool> afternoon;
  int minute = 0;
  int second = 0;
  std::optional<std::int64_t> epoch;
  std::optional<int> offset;  // minutes east of UTC
  std::string_view zone;
  std::uint32_t nanoseconds = 0;
  std::uint8_t digits = 0;
};

class FieldReader {
 public:
  FieldReader(std::string_view text, Fields& fields) : text_(text), fields_(fields) {}

  bool read(std::string_view pattern) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      const bool directive = pattern[i] == '%';
      if (directive ? !take(pattern[++i]) : !take_literal(pattern[i])) return false;
    }
    return text_.empty();
  }

 private:
  bool take_literal(char c) {
    if (base::is_space(c)) return skip_spaces();
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool skip_spaces() {
    while (!text_.empty() && base::is_space(text_.front())) text_.remove_prefix(1);
    return true;
  }

  bool take(char directive) {
    switch (directive) {
      case 'Y':
        return take_year();
      case 'y':
        return take_short_year();
      case 'm':
        return take_number(1, 2, 1, 12, fields_.month);
      case 'e':
        skip_spaces();
        [[fallthrough]];
      case 'd':
        return take_number(1, 2, 1, 31, fields_.day);
      case 'j':
        return take_number(1, 3, 1, 366, fields_.day_of_year.emplace());
      case 'k':
        skip_spaces();
        [[fallthrough]];
      case 'H':
        return take_number(1, 2, 0, 23, fields_.hour);
      case 'l':
        skip_spaces();
        [[fallthrough]];
      case 'I':
        return take_number(1, 2, 1, 12, fields_.hour);
      case 'M':
        return take_number(1, 2, 0, 59, fields_.minute);
      case 'S':
        return take_number(1, 2, 0, 60, fields_.second);
      default:
        return take_other(directive);
    }
  }

  bool take_other(char directive) {
    int ignored = 0;
    switch (directive) {
      case 'f':
        return take_fraction();
      case 'b':
      case 'B':
      case 'h':
        return take_name(kMonths, fields_.month);
      case 'a':
      case 'A':
        return take_name(kDays, ignored);
      case 'p':
        return take_half();
      case 'z':
        return take_offset();
      case 'Z':
        return take_zone();
      case 's':
        return take_epoch();
      case '%':
        return take_literal('%');
      default:
        return skip_spaces();
    }
  }

  bool take_number(std::size_t least_digits, std::size_t most_digits, int least, int most, int& value) {
    std::size_t length = 0;
    value = 0;
    for (; length < std::min(most_digits, text_.size()) && base::is_digit(text_[length]); ++length)
      value = value * 10 + (text_[length] - '0');
    text_.remove_prefix(length);
    return length >= least_digits && value >= least && value <= most;
  }

  bool take_year() { return take_number(4, 4, 0, 9999, fields_.year.emplace()); }

  bool take_short_year() {
    int& year = fields_.year.emplace();
    if (!take_number(2, 2, 0, 99, year)) return false;
    year += year < 69 ? 2000 : 1900;
    return true;
  }

  bool take_fraction() {
    std::size_t length = 0;
    std::uint32_t unit = 100'000'000;
    for (; length < text_.size() && base::is_digit(text_[length]); ++length, unit /= 10)
      fields_.nanoseconds += static_cast<std::uint32_t>(text_[length] - '0') * unit;
    fields_.digits = static_cast<std::uint8_t>(std::min<std::size_t>(length, 9));
    text_.remove_prefix(length);
    return length > 0;
  }

  template <std::size_t Size>
  bool take_name(const std::array<std::string_view, Size>& names, int& number) {
    for (std::size_t i = 0; i < Size; ++i) {
      if (!starts_in_any_case(text_, names[i].substr(0, 3))) continue;
      number = static_cast<int>(i) + 1;
      text_.remove_prefix(starts_in_any_case(text_, names[i]) ? names[i].size() : 3);
      return true;
    }
    return false;
  }

  bool take_half() {
    const bool afternoon = starts_in_any_case(text_, "pm");
    if (!afternoon && !starts_in_any_case(text_, "am")) return false;
    fields_.afternoon = afternoon;
    text_.remove_prefix(2);
    return true;
  }

  bool take_offset() {
    if (take_literal('Z')) {
      fields_.offset = 0;
      return true;
    }
    if (!text_.starts_with('+') && !text_.starts_with('-')) return false;
    const bool west = text_.front() == '-';
    text_.remove_prefix(1);
    int hours = 0;
    int rest = 0;
    if (!take_number(2, 2, 0, 23, hours)) return false;
    const bool colon = take_literal(':');
    const bool more = colon || (!text_.empty() && base::is_digit(text_.front()));
    if (more && !take_number(2, 2, 0, 59, rest)) return false;
    fields_.offset = west ? -(hours * 60 + rest) : hours * 60 + rest;
    return true;
  }

  bool take_zone() {
    std::size_t length = 0;
    while (length < text_.size() && base::is_letter(text_[length])) ++length;
    fields_.zone = text_.substr(0, length);
    text_.remove_prefix(length);
    if (fields_.zone == "UTC" || fields_.zone == "GMT" || fields_.zone == "Z") fields_.offset = 0;
    return length > 0;
  }

  bool take_epoch() {
    const bool negative = take_literal('-');
    std::int64_t seconds = 0;
    std::size_t length = 0;
    for (; length < std::min<std::size_t>(text_.size(), 13) && base::is_digit(text_[length]); ++length)
      seconds = seconds * 10 + (text_[length] - '0');
    text_.remove_prefix(length);
    fields_.epoch = negative ? -seconds : seconds;
    return length > 0;
  }

  std::string_view text_;
  Fields& fields_;
};

// Seconds that the clock of the place shows, as if it showed UTC; nothing for a date that there is not.
std::optional<std::int64_t> local_seconds(const Fields& fields, int year) {
  int hour = fields.hour;
  if (fields.afternoon) hour = hour % 12 + (*fields.afternoon ? 12 : 0);
  const std::int64_t second = hour * 3600 + fields.minute * 60 + fields.second;
  const auto month = fields.day_of_year ? 1U : static_cast<unsigned>(fields.month);
  const auto day = fields.day_of_year ? 1U : static_cast<unsigned>(fields.day);
  const year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok() || fields.day_of_year.value_or(1) > (date.year().is_leap() ? 366 : 365)) return {};
  const sys_days start = sys_days(date) + days(fields.day_of_year.value_or(1) - 1);
  return start.time_since_epoch().count() * codec::kDay + second;
}

std::optional<minutes> offset_of(const Fields& fields, std::int64_t local, const codec::LocalClock& clock) {
  if (fields.offset) return minutes(*fields.offset);
  if (!fields.zone.empty()) return clock.zone->offset_named(fields.zone, local);
  return clock.zone->offset_of(local, clock.seconds());
}

bool complete(const Fields& fields, const codec::LocalClock& clock, int year, codec::Timestamp& time) {
  const auto local = local_seconds(fields, year);
  const auto offset = local ? offset_of(fields, *local, clock) : std::nullopt;
  if (!offset) return false;
  time.seconds = *local - offset->count() * 60;
  time.offset_minutes = static_cast<std::int16_t>(offset->count());
  time.offset_assumed = !fields.offset && fields.zone.empty();
  return true;
}

// As codec::parse_bsd_time() does it: logs are of the past, and clocks may be wrong.
bool complete_latest(const Fields& fields, const codec::LocalClock& clock, codec::Timestamp& time) {
  constexpr std::int64_t kAhead = 2 * codec::kDay;
  const int this_year = static_cast<int>(year_month_day(std::chrono::floor<days>(clock.now)).year());
  for (int year = this_year + 1; year >= this_year - 8; --year) {
    if (complete(fields, clock, year, time) && time.seconds <= clock.seconds() + kAhead) return true;
  }
  return false;
}

bool time_of(const Fields& fields, const codec::LocalClock& clock, codec::Timestamp& time) {
  codec::Timestamp result;
  result.nanoseconds = fields.nanoseconds;
  result.digits = fields.digits;
  if (fields.epoch) {
    result.seconds = *fields.epoch;
    result.offset_minutes = static_cast<std::int16_t>(clock.zone->offset_at(result.seconds).count());
  } else if (fields.year ? !complete(fields, clock, *fields.year, result) : !complete_latest(fields, clock, result)) {
    return false;
  }
  if (result.seconds < kEarliest || result.seconds > kLatest) return false;
  time = result;
  return true;
}

bool parse_milliseconds(std::string_view text, const codec::LocalClock& clock, codec::Timestamp& time) {
  if (text.size() < 4 || text.size() > 16 || !std::ranges::all_of(text, base::is_digit)) return false;
  Fields fields;
  std::string padded(text.substr(0, text.size() - 3));
  return FieldReader(padded += "." + std::string(text.substr(text.size() - 3)), fields).read("%s.%f") &&
         time_of(fields, clock, time);
}

}  // namespace

base::Result<DateFormat> DateFormat::compile(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Kind>, 4> kNames = {{{"iso8601", Kind::iso8601},
                                                                        {"unix", Kind::seconds},
                                                                        {"unix_ms", Kind::milliseconds},
                                                                        {"rfc3164", Kind::rfc3164}}};
  DateFormat format;
  for (const auto& [name, kind] : kNames) {
    if (name != text) continue;
    format.kind_ = kind;
    return format;
  }
  const auto refuse = [&](const std::string& why) {
    return base::fail(base::Kind::usage, "format of dates " + base::quote(text), why);
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    format.pattern_ += text[i];
    if (text[i] != '%') continue;
    if (++i == text.size()) return refuse("nothing follows %");
    const auto* const known = std::ranges::find(kShort, text[i], &std::pair<char, std::string_view>::first);
    if (known != kShort.end())
      format.pattern_.replace(format.pattern_.size() - 1, 1, known->second);
    else if (kSingle.find(text[i]) != std::string_view::npos)
      format.pattern_ += text[i];
    else
      return refuse("column " + std::to_string(i) + ": there is no " + base::quote(text.substr(i - 1, 2)));
  }
  const auto has = [&](std::initializer_list<std::string_view> any_of) {
    return std::ranges::any_of(any_of, [&](auto each) { return format.pattern_.find(each) != std::string::npos; });
  };
  const bool dated = has({"%s", "%j"}) || (has({"%m", "%b", "%B", "%h"}) && has({"%d", "%e"}));
  if (!dated) return refuse("it needs a month and a day, %j, %s, or the name iso8601, unix, unix_ms or rfc3164");
  return format;
}

bool DateFormat::parse(std::string_view text, const codec::LocalClock& clock, codec::Timestamp& time) const {
  text = base::trimmed(text);
  if (text.empty()) return false;
  codec::Timestamp result;
  Fields fields;
  switch (kind_) {
    case Kind::iso8601:
      if (codec::parse_iso_time(text, clock, result) != text.size()) return false;
      break;
    case Kind::rfc3164:
      if (codec::parse_bsd_time(text, clock, result) != text.size()) return false;
      break;
    case Kind::milliseconds:
      return parse_milliseconds(text, clock, time);
    case Kind::seconds:
      return FieldReader(text, fields).read(text.find('.') == std::string_view::npos ? "%s" : "%s.%f") &&
             time_of(fields, clock, time);
    case Kind::pattern:
      return FieldReader(text, fields).read(pattern_) && time_of(fields, clock, time);
  }
  time = result;
  return true;
}

}  // namespace rules
