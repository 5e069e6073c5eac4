// What the parts of Server share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/units.h"
#include "tools/logbuf/store/mastership.h"

namespace logbuf {

inline constexpr std::string_view kInvalid = "ERR_CLIENT invalid request";

// An argument that has to be a number.
inline std::optional<std::uint64_t> number(std::string_view text) {
  const auto value = base::parse_number(text);
  return value ? std::optional(*value) : std::nullopt;
}

inline std::optional<std::uint64_t> epoch_number(std::string_view text) {
  const auto value = number(text);
  return value && *value <= kMaxEpoch ? value : std::nullopt;
}

}  // namespace logbuf
