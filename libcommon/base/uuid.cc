#include "base/uuid.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace base {
namespace {

template <class Bytes>
Result<Bytes> random() {
  Bytes bytes{};
  if (::getrandom(&bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes))
    return fail_errno(errno, "get random bytes");
  return bytes;
}

}  // namespace

Result<std::string> new_uuid() {
  auto bytes = TRY((random<std::array<unsigned char, 16>>()));
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[bytes[i] >> 4];
    text += kHex[bytes[i] & 15];
  }
  return text;
}

Result<std::uint64_t> random_number() {
  return random<std::uint64_t>();
}

}  // namespace base
