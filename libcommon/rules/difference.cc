#include "rules/difference.h"

#include <algorithm>
#include <utility>

#include "codec/json_string.h"
#include "codec/json_visit.h"

namespace rules {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

Members members_of(std::string_view object) {
  Members members;
  codec::each_member(codec::json_trimmed(object), [&members](std::string_view name, std::string_view value) {
    std::string compact;
    codec::append_compact_json(compact, value);
    members.emplace_back(name, std::move(compact));
    return true;
  });
  return members;
}

std::string value_of(const Members& members, const std::string& name) {
  const auto at = std::ranges::find(members, name, &Members::value_type::first);
  return at == members.end() ? "" : at->second;
}

}  // namespace

std::vector<Difference> differences(std::string_view before, std::string_view after) {
  const Members old = members_of(before);
  const Members now = members_of(after);
  std::vector<Difference> all;
  for (const auto& [name, value] : now) {
    std::string was = value_of(old, name);
    if (was != value) all.push_back({name, std::move(was), value});
  }
  for (const auto& [name, value] : old)
    if (value_of(now, name).empty()) all.push_back({name, value, ""});
  return all;
}

}  // namespace rules
