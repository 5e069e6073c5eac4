#include "tools/logcat/ring/site.h"

#include <algorithm>
#include <cstring>

#include "mulog/layout.h"
#include "mulog/mulog.h"

namespace logcat {

std::optional<Site> Site::parse(std::string_view bytes) {
  mulog_site_head head;
  if (bytes.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  const std::string_view pairs = bytes.substr(sizeof head);
  if (head.pairs > MULOG_LAYOUT_MOST_PAIRS || pairs.size() < 2U * head.pairs) return std::nullopt;
  std::string_view rest = pairs.substr(2U * head.pairs);
  const auto take = [&rest](std::size_t size) {
    const std::string_view text = rest.substr(0, size);
    rest.remove_prefix(text.size());
    return std::string(text);
  };
  Site site;
  site.name = take(head.name);
  site.namespace_ = take(head.namespace_);
  for (std::size_t i = 0; i < head.pairs; ++i) {
    const auto type = static_cast<std::uint8_t>(pairs[2 * i]);
    const auto size = static_cast<std::uint8_t>(pairs[2 * i + 1]);
    if (type > MULOG_ID || size > rest.size()) return std::nullopt;
    site.pairs.push_back({type, take(size)});
  }
  return site;
}

bool Site::has_key(std::string_view key) const {
  return std::ranges::any_of(pairs, [key](const Pair& pair) { return pair.key == key; });
}

}  // namespace logcat
