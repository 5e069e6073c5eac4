#include "rules/field_names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rules {
namespace {

constexpr std::array<std::pair<std::string_view, codec::Field>, 4> kAliases = {
    {{"app_name", codec::Field::appname},
     {"programname", codec::Field::appname},
     {"source", codec::Field::hostname},
     {"timereported", codec::Field::timestamp}}};

}  // namespace

std::optional<codec::FieldPath> field_named(std::string_view name) {
  const auto* const alias = std::ranges::find(kAliases, name, &std::pair<std::string_view, codec::Field>::first);
  if (alias != kAliases.end()) return codec::FieldPath{alias->second};
  return codec::field_named(name);
}

}  // namespace rules
