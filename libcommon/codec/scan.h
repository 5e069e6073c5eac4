// How the syslog parsers look at bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace codec {

inline constexpr std::uint8_t kWordByte = 1;  // printable, no space
inline constexpr std::uint8_t kHostByte = 2;
inline constexpr std::uint8_t kDigit = 4;
inline constexpr std::uint8_t kHexDigit = 8;
inline constexpr std::uint8_t kAlphanumeric = 16;
inline constexpr std::uint8_t kTagStart = 32;
inline constexpr std::uint8_t kUpper = 64;

constexpr std::array<std::uint8_t, 256> classify_bytes() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool digit = c >= '0' && c <= '9';
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = c >= 'a' && c <= 'z';
    const bool alphanumeric = digit || upper || lower;
    const bool hex = digit || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
    const bool in_host = alphanumeric || c == '.' || c == '_' || c == '-';
    const bool starts_tag = alphanumeric || c == '_' || c == '/' || c == '%' || c == '.' || c == '(' || c >= 0x80;
    table[c] =
        static_cast<std::uint8_t>((c > ' ' && c != 0x7f ? kWordByte : 0) | (in_host ? kHostByte : 0) |
                                  (digit ? kDigit : 0) | (hex ? kHexDigit : 0) | (alphanumeric ? kAlphanumeric : 0) |
                                  (starts_tag ? kTagStart : 0) | (upper ? kUpper : 0));
  }
  return table;
}
inline constexpr std::array<std::uint8_t, 256> kByteClass = classify_bytes();

inline bool is(char c, std::uint8_t wanted) {
  return (kByteClass[static_cast<unsigned char>(c)] & wanted) != 0;
}

// Bytes of that class at the start.
inline std::size_t span_of(std::string_view text, std::uint8_t wanted) {
  std::size_t length = 0;
  while (length < text.size() && is(text[length], wanted)) ++length;
  return length;
}

inline bool consists_of(std::string_view word, std::uint8_t wanted) {
  return !word.empty() && span_of(word, wanted) == word.size();
}

inline bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

inline void skip_spaces(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

inline bool is_ipv6(std::string_view word) {
  std::size_t colons = 0;
  for (const char c : word) {
    if (c == ':') ++colons;
    if (c != ':' && c != '.' && !is(c, kHexDigit)) return false;
  }
  return colons >= 2 && word.back() != ':';
}

// A name or an IPv4 address. A number alone is something else: a sequence number, a process id.
inline bool is_hostname(std::string_view word) {
  return consists_of(word, kHostByte) && is(word.back(), kAlphanumeric) && !consists_of(word, kDigit);
}

}  // namespace codec
