#include "tools/logcat/http/times.h"

#include <charconv>
#include <cmath>
#include <string>

namespace logcat {
namespace {

constexpr std::int64_t kEndOf9999 = 253402300799;
constexpr std::int64_t kNanoseconds = 1'000'000'000;

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<codec::Timestamp> with_digits(std::optional<codec::Timestamp> time, std::size_t digits) {
  if (time) time->digits = static_cast<std::uint8_t>(digits);
  return time;
}

std::optional<codec::Timestamp> milliseconds(std::int64_t count) {
  return with_digits(unix_time(count / 1000, static_cast<std::uint32_t>(count % 1000 * 1'000'000)), 3);
}

}  // namespace

std::optional<codec::Timestamp> unix_time(std::int64_t seconds, std::uint32_t nanoseconds) {
  if (seconds < 0 || seconds > kEndOf9999 || nanoseconds >= kNanoseconds) return std::nullopt;
  return codec::Timestamp{.seconds = seconds, .nanoseconds = nanoseconds, .digits = 9};
}

std::optional<codec::Timestamp> parse_unix_nanoseconds(std::string_view text) {
  const auto count = parse_number<std::int64_t>(text);
  if (!count || *count < 0) return std::nullopt;
  return unix_time(*count / kNanoseconds, static_cast<std::uint32_t>(*count % kNanoseconds));
}

std::optional<codec::Timestamp> parse_unix_seconds(std::string_view text) {
  if (text.find_first_of("eE") != text.npos) {
    const auto number = parse_number<double>(text);
    if (!number || !(*number >= 0 && *number <= kEndOf9999)) return std::nullopt;
    return milliseconds(std::llround(*number * 1000));
  }
  const auto point = text.find('.');
  const auto seconds = parse_number<std::int64_t>(text.substr(0, point));
  if (!seconds) return std::nullopt;
  if (point == text.npos)
    return *seconds > kEndOf9999 ? milliseconds(*seconds) : with_digits(unix_time(*seconds, 0), 0);
  std::string fraction(text.substr(point + 1, 9));
  const std::size_t digits = fraction.size();
  if (text.substr(point + 1).find_first_not_of("0123456789") != text.npos) return std::nullopt;
  fraction.append(9 - digits, '0');
  return with_digits(unix_time(*seconds, parse_number<std::uint32_t>(fraction).value_or(0)), digits);
}

}  // namespace logcat
