// The length in front of an octet-counted frame (RFC 6587, section 3.4.1).
#pragma once

#include <cstddef>
#include <string_view>

namespace stream {

inline constexpr std::size_t kMaxOctetCount = std::size_t{1} << 31;  // a count beyond this is damage, not a message
inline constexpr std::size_t kMaxCountLength = 11;                   // ten digits and the space

struct OctetCount {
  enum class Form { whole, cut, none };  // cut: it may go on after these bytes
  Form form;
  std::size_t value;
  std::size_t length;  // the space included
};

// Digits without a leading zero, and a space; kMaxCountLength bytes are never cut.
inline OctetCount parse_octet_count(std::string_view bytes) {
  using Form = OctetCount::Form;
  std::size_t value = 0;
  std::size_t i = 0;
  for (; i < bytes.size() && i + 1 < kMaxCountLength && bytes[i] >= '0' && bytes[i] <= '9'; ++i)
    value = value * 10 + static_cast<std::size_t>(bytes[i] - '0');
  if (i == bytes.size()) return {Form::cut, 0, 0};
  const bool leading_zero = i > 1 && bytes[0] == '0';
  if (i == 0 || bytes[i] != ' ' || leading_zero || value > kMaxOctetCount) return {Form::none, 0, 0};
  return {Form::whole, value, i + 1};
}

}  // namespace stream
