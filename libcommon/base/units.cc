#include "base/units.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

#include "base/ascii.h"

namespace base {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

// "1.5" exactly: whole + fraction / scale. A double would lose bytes of large sizes and nanoseconds of times.
struct Decimal {
  std::uint64_t whole = 0;
  std::uint64_t fraction = 0;
  std::uint64_t scale = 1;
};

struct Unit {
  std::string_view name;
  std::uint64_t count;
};

constexpr Unit kSizes[] = {
    {"", 1},
    {"b", 1},
    {"k", 1ull << 10},
    {"m", 1ull << 20},
    {"g", 1ull << 30},
    {"t", 1ull << 40},
    {"kib", 1ull << 10},
    {"mib", 1ull << 20},
    {"gib", 1ull << 30},
    {"tib", 1ull << 40},
    {"kb", 1'000},
    {"mb", 1'000'000},
    {"gb", 1'000'000'000},
    {"tb", 1'000'000'000'000},
};

constexpr Unit kDurations[] = {
    {"", 1'000'000'000},
    {"ns", 1},
    {"us", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"min", 60'000'000'000},
    {"h", 3'600'000'000'000},
    {"d", 86'400'000'000'000},
    {"w", 604'800'000'000'000},
};

std::size_t digits(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  return n;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// Takes "12", "1.5" or ".5" off the front. Nothing: no number is there, or its whole part is too large.
std::optional<Decimal> take_decimal(std::string_view& text) {
  constexpr std::size_t kFractionDigits = 12;  // more could not be seen in a nanosecond or a byte of any unit
  Decimal decimal;
  const std::size_t whole = digits(text);
  if (whole > 0) {
    const auto value = whole_number(text.substr(0, whole));
    if (!value) return {};
    decimal.whole = *value;
    text.remove_prefix(whole);
  }
  if (text.empty() || text.front() != '.') return whole > 0 ? std::optional(decimal) : std::nullopt;
  const std::size_t fraction = digits(text.substr(1));
  if (fraction == 0) return {};
  for (const char c : text.substr(1, std::min(fraction, kFractionDigits))) {
    decimal.fraction = decimal.fraction * 10 + static_cast<std::uint64_t>(c - '0');
    decimal.scale *= 10;
  }
  text.remove_prefix(1 + fraction);
  return decimal;
}

std::optional<std::uint64_t> multiply(const Decimal& decimal, std::uint64_t unit) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{decimal.whole} * unit + Wide{decimal.fraction} * unit / decimal.scale;
  if (product > kMax) return {};
  return static_cast<std::uint64_t>(product);
}

struct Kinds {
  std::string_view noun;     // "size"
  std::string_view example;  // "not a size, such as 64MiB"
};

// A number, perhaps a space, and one of the units. Size units are written in either case, durations' are not.
Result<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units, std::uint64_t most,
                                     const Kinds& kinds) {
  const std::string what = "read " + std::string(kinds.noun) + " '" + std::string(text) + "'";
  const auto bad = [&] { return fail(Kind::usage, what, std::string(kinds.example)); };
  if (text.empty()) return bad();
  std::string_view rest = text;
  const std::size_t whole = digits(text);
  if (whole > 0 && !whole_number(text.substr(0, whole))) return fail(Kind::usage, what, "too large");
  const auto decimal = take_decimal(rest);
  if (!decimal) return bad();
  if (rest.size() > 1 && rest.front() == ' ') rest.remove_prefix(1);
  for (const Unit& unit : units) {
    if (rest != unit.name) continue;
    const auto value = multiply(*decimal, unit.count);
    if (!value || *value > most) return fail(Kind::usage, what, "too large");
    return *value;
  }
  return bad();
}

// "1.5 MiB": one digit after the point, none where it is 0.
std::string with_unit(std::uint64_t count, const Unit& unit) {
  const std::uint64_t tenths = count / unit.count * 10 + (count % unit.count * 10 + unit.count / 2) / unit.count;
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
  return text + " " + std::string(unit.name);
}

// The largest of the units (given in ascending order) in which the rounded count is at least 1.
std::string in_largest_unit(std::uint64_t count, std::span<const Unit> units) {
  const Unit* chosen = &units.front();
  for (const Unit& unit : units.subspan(1))
    if (count >= unit.count - chosen->count / 20) chosen = &unit;
  return with_unit(count, *chosen);
}

}  // namespace

Result<Bytes> parse_bytes(std::string_view text) {
  const std::string folded = lower(text);
  auto count = parse_quantity(folded, kSizes, kMax, {"size", "not a size, such as 64MiB"});
  if (!count) return fail(Kind::usage, "read size '" + std::string(text) + "'", std::move(count.error().why));
  return Bytes{*count};
}

Result<Duration> parse_duration(std::string_view text) {
  constexpr auto kMost = static_cast<std::uint64_t>(Duration::max().count());
  const auto count =
      TRY(parse_quantity(text, kDurations, kMost, {"duration", "not a duration, such as 250ms, 2s or 10min"}));
  return Duration(static_cast<Duration::rep>(count));
}

Result<std::uint64_t> parse_number(std::string_view text) {
  const std::string what = "read number '" + std::string(text) + "'";
  if (text.empty() || digits(text) != text.size()) return fail(Kind::usage, what, "not a whole number");
  const auto value = whole_number(text);
  if (!value) return fail(Kind::usage, what, "too large");
  return *value;
}

std::string format_bytes(Bytes bytes) {
  static constexpr Unit kUnits[] = {
      {"B", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}, {"TiB", 1ull << 40}};
  return in_largest_unit(bytes.count, kUnits);
}

std::string format_duration(Duration duration) {
  static constexpr Unit kUnits[] = {{"ns", 1},
                                    {"us", 1'000},
                                    {"ms", 1'000'000},
                                    {"s", 1'000'000'000},
                                    {"min", 60'000'000'000},
                                    {"h", 3'600'000'000'000},
                                    {"d", 86'400'000'000'000}};
  if (duration == Duration::zero()) return "0 s";
  const auto count = static_cast<std::uint64_t>(duration.count());
  if (duration < Duration::zero()) return "-" + in_largest_unit(0 - count, kUnits);
  return in_largest_unit(count, kUnits);
}

std::string count_of(std::uint64_t count, std::string_view noun) {
  return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

}  // namespace base
