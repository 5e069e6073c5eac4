// Classes of bytes in ASCII, whatever the locale.
#pragma once

namespace base {

constexpr bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

constexpr bool is_letter(char c) {
  return is_upper(static_cast<char>(c & ~0x20));
}

}  // namespace base
