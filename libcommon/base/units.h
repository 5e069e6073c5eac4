// Sizes, durations and rates as people write them on a command line.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace base {

using Duration = std::chrono::nanoseconds;

struct Bytes {
  std::uint64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};

inline constexpr Bytes operator""_KiB(unsigned long long n) {
  return {n << 10};
}
inline constexpr Bytes operator""_MiB(unsigned long long n) {
  return {n << 20};
}
inline constexpr Bytes operator""_GiB(unsigned long long n) {
  return {n << 30};
}

// "512", "64k", "64KiB", "1.5G", "8MiB"; the letters k, M, G, T are powers of 1024, kB, MB, GB, TB of 1000.
Result<Bytes> parse_bytes(std::string_view text);

// "250ms", "2s", "1.5h", "10min", "7d", "1w"; a bare number is seconds.
Result<Duration> parse_duration(std::string_view text);

// A decimal unsigned 64-bit number and nothing else.
Result<std::uint64_t> parse_number(std::string_view text);

std::string format_bytes(Bytes bytes);           // "1.5 MiB"
std::string format_duration(Duration duration);  // "2 min", "350 ms"

// "1 message", "12 messages": the noun as it is for one.
std::string count_of(std::uint64_t count, std::string_view noun);

}  // namespace base
