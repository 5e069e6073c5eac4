#include "rules/function.h"

#include <algorithm>
#include <array>

#include "rules/grok.h"

namespace rules {
namespace {

constexpr std::array kKinds = {
    FunctionKind{"grok", SubjectUse::message, R"(grok("PATTERN", ..., prefix="...", field="..."))", Grok::create},
};

}  // namespace

std::span<const FunctionKind> function_kinds() {
  return kKinds;
}

const FunctionKind* function_named(std::string_view name) {
  const auto* const found = std::ranges::find(kKinds, name, &FunctionKind::name);
  return found != kKinds.end() ? found : nullptr;
}

}  // namespace rules
