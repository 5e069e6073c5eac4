#include "stream/origin.h"

#include <algorithm>

namespace stream {
namespace {

constexpr std::size_t kUuidLength = 36;  // RFC 9562, section 4

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char byte) { return byte >= '0' && byte <= '9'; });
}

}  // namespace

std::string_view lasting_origin(std::string_view origin) {
  const std::size_t consumer = origin.find('/');
  const std::size_t generation = origin.rfind('/');
  if (consumer != kUuidLength || generation == consumer) return origin;
  const bool is_buffer =
      is_number(origin.substr(consumer + 1, generation - consumer - 1)) && is_number(origin.substr(generation + 1));
  return is_buffer ? origin.substr(0, generation) : origin;
}

}  // namespace stream
