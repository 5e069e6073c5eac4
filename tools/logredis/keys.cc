#include "tools/logredis/keys.h"

#include <utility>

namespace logredis {
namespace {

// As the cluster sees it: something between the first '{' and the next '}'.
bool has_hash_tag(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open == key.npos) return false;
  const std::size_t close = key.find('}', open + 1);
  return close != key.npos && close > open + 1;
}

}  // namespace

Keys::Keys(std::string queue) : queue_(std::move(queue)), tag_(has_hash_tag(queue_) ? queue_ : "{" + queue_ + "}") {}

std::string Keys::consumer(std::string_view name) const {
  return consumer_prefix().append(name);
}

std::string Keys::backlog(std::string_view name, std::uint64_t claim) const {
  return (tag_ + ":backlog:").append(name) + ":" + std::to_string(claim);
}

std::string Keys::lease(std::string_view name, std::uint64_t claim) const {
  return (tag_ + ":lease:").append(name) + ":" + std::to_string(claim);
}

std::string Keys::origin(std::string_view origin) const {
  return origin_prefix().append(origin);
}

bool is_of_consumer(std::string_view key) {
  if (!has_hash_tag(key)) return false;
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
