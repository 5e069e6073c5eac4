// Which API a server speaks: as --api says, else by the path of its URL, else by --content-type.
#include <algorithm>
#include <array>

#include "tools/logsend/http/api.h"

namespace logsend::http {
namespace {

constexpr std::array kKinds{&kLogplex, &kNdjson, &kJson, &kLines, &kBulk, &kLoki, &kHec, &kOtlp};

std::size_t place_of(const Kind& kind) {
  return static_cast<std::size_t>(std::ranges::find(kKinds, &kind) - kKinds.begin());
}

}  // namespace

std::span<const Kind* const> kinds() {
  return kKinds;
}

std::optional<std::size_t> find_kind(std::string_view name, std::string_view path, std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find_first_of("; "));
  for (std::size_t i = 0; i < kKinds.size() && !name.empty(); ++i)
    if (kKinds[i]->name == name) return i;
  if (!name.empty()) return std::nullopt;
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    if (kKinds[i]->is_path != nullptr && kKinds[i]->is_path(path)) return i;
  for (std::size_t i = 0; i < kKinds.size() && !type.empty(); ++i)
    if (kKinds[i]->content_type == type) return i;
  return place_of(kLines);
}

}  // namespace logsend::http
