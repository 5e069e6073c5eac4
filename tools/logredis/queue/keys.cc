#include "tools/logredis/queue/keys.h"

#include <utility>

namespace logredis {
namespace {

constexpr unsigned kSlots = 16384;

// Between the first '{' and the next '}'; empty: there is none.
std::string_view hash_tag(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open == key.npos) return {};
  const std::size_t close = key.find('}', open + 1);
  return close == key.npos ? std::string_view{} : key.substr(open + 1, close - open - 1);
}

// CRC-16/XMODEM.
std::uint16_t crc16(std::string_view bytes) {
  std::uint16_t crc = 0;
  for (const char c : bytes) {
    crc = static_cast<std::uint16_t>(crc ^ (static_cast<unsigned char>(c) << 8));
    for (int bit = 0; bit < 8; ++bit)
      crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
  }
  return crc;
}

// A queue whose name has no hash tag is its own, in braces; where its name has a '}' that would end the tag too early,
// the tag is the smallest number that has the same slot.
std::string tag_of(const std::string& queue) {
  if (!hash_tag(queue).empty()) return queue;
  if (queue.find('}') == queue.npos) return "{" + queue + "}";
  unsigned number = 0;
  while (crc16(std::to_string(number)) % kSlots != slot_of(queue)) ++number;
  return "{" + std::to_string(number) + "}" + queue;
}

}  // namespace

unsigned slot_of(std::string_view key) {
  const std::string_view tag = hash_tag(key);
  return crc16(tag.empty() ? key : tag) % kSlots;
}

Keys::Keys(std::string queue) : queue_(std::move(queue)), tag_(tag_of(queue_)) {}

std::string Keys::consumer(std::string_view name) const {
  return consumer_prefix().append(name);
}

std::string Keys::backlog(std::string_view name, std::uint64_t claim) const {
  return (tag_ + ":backlog:").append(name) + ":" + std::to_string(claim);
}

std::string Keys::lease(std::string_view name, std::uint64_t claim) const {
  return (tag_ + ":lease:").append(name) + ":" + std::to_string(claim);
}

std::string Keys::sole(std::string_view name) const {
  return (tag_ + ":sole:").append(name);
}

std::string Keys::origin(std::string_view origin) const {
  return origin_prefix().append(origin);
}

bool is_of_consumer(std::string_view key) {
  if (hash_tag(key).empty()) return false;
  return key.find(":backlog:", key.find('}')) != key.npos || key.ends_with(":rewound");
}

std::string glob_literal(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view("*?[]^\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace logredis
