#include "codec/flake.h"

#include <bit>
#include <cstring>

namespace codec {
namespace {

// In the order of ASCII, so that texts sort as numbers do.
constexpr std::string_view kFlakeDigits = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
static_assert(kFlakeDigits.size() == 64);

// Both digits of 12 bits.
constexpr auto kDigitPairs = [] {
  std::array<std::array<char, 2>, 4096> pairs{};
  for (std::size_t bits = 0; bits < pairs.size(); ++bits)
    pairs[bits] = {kFlakeDigits[bits >> 6], kFlakeDigits[bits & 63]};
  return pairs;
}();

void put_big_endian(Flake& flake, std::size_t at, std::uint64_t value) {
  if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap64(value);
  std::memcpy(&flake[at], &value, sizeof value);
}

}  // namespace

Flake make_flake(std::uint64_t time, std::uint64_t instance, std::uint16_t ring, std::uint64_t number) {
  Flake flake;
  put_big_endian(flake, 0, time);
  put_big_endian(flake, 8, instance);
  put_big_endian(flake, 16, std::uint64_t{ring} << 48 | (number & ((std::uint64_t{1} << 48) - 1)));
  return flake;
}

void write_flake_text(const Flake& flake, char* text) {
  for (std::size_t i = 0; i < flake.size(); i += 3, text += 4) {
    const std::uint32_t bits = std::uint32_t{flake[i]} << 16 | std::uint32_t{flake[i + 1]} << 8 | flake[i + 2];
    std::memcpy(text, kDigitPairs[bits >> 12].data(), 2);
    std::memcpy(text + 2, kDigitPairs[bits & 4095].data(), 2);
  }
}

std::string flake_text(const Flake& flake) {
  std::string text(kFlakeText, '\0');
  write_flake_text(flake, text.data());
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

}  // namespace codec
