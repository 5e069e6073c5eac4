#include "hub/route.h"

#include <utility>

#include "http/request.h"

namespace hub {
namespace {

// What stands before the next slash.
std::string_view take_segment(std::string_view& path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

}  // namespace

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> arguments;
  while (!pattern.empty() && pattern != "/") {
    const std::string_view expected = take_segment(pattern);
    const std::string_view segment = take_segment(path);
    if (expected != "*" && expected != segment) return std::nullopt;
    if (expected != "*") continue;
    auto argument = http::unescape(segment, false);
    if (!argument || argument->empty()) return std::nullopt;
    arguments.push_back(std::move(*argument));
  }
  if (!path.empty() && path != "/") return std::nullopt;
  return arguments;
}

}  // namespace hub
