#include "tools/logcat/ring/flake.h"

#include <cstddef>

namespace logcat {
namespace {

// In the order of ASCII, so that texts sort as numbers do.
constexpr std::string_view kFlakeDigits = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kFlakeText = 32;
static_assert(kFlakeDigits.size() == 64);

void put_big_endian(Flake& flake, std::size_t at, std::uint64_t value) {
  for (std::size_t i = 0; i < 8; ++i) flake[at + i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
}

}  // namespace

Flake make_flake(std::uint64_t time, std::uint64_t instance, std::uint16_t ring, std::uint64_t number) {
  Flake flake;
  put_big_endian(flake, 0, time);
  put_big_endian(flake, 8, instance);
  put_big_endian(flake, 16, std::uint64_t{ring} << 48 | (number & ((std::uint64_t{1} << 48) - 1)));
  return flake;
}

std::string flake_text(const Flake& flake) {
  std::string text;
  for (std::size_t i = 0; i < flake.size(); i += 3) {
    const std::uint32_t bits = std::uint32_t{flake[i]} << 16 | std::uint32_t{flake[i + 1]} << 8 | flake[i + 2];
    for (const int shift : {18, 12, 6, 0}) text += kFlakeDigits[bits >> shift & 63];
  }
  return text;
}

std::string flake_hex(const Flake& flake) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : flake) text += {kHex[byte >> 4], kHex[byte & 15]};
  return text;
}

std::optional<Flake> parse_flake(std::string_view text) {
  if (text.size() != kFlakeText) return std::nullopt;
  Flake flake;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t bits = 0;
    for (const char c : text.substr(i, 4)) {
      const std::size_t digit = kFlakeDigits.find(c);
      if (digit == kFlakeDigits.npos) return std::nullopt;
      bits = bits << 6 | static_cast<std::uint32_t>(digit);
    }
    for (std::size_t byte = 0; byte < 3; ++byte)
      flake[i / 4 * 3 + byte] = static_cast<std::uint8_t>(bits >> (16 - 8 * byte));
  }
  return flake;
}

}  // namespace logcat
