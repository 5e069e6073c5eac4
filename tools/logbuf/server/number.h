// What requests share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/units.h"

namespace logbuf {

inline constexpr std::string_view kInvalid = "ERR_CLIENT invalid request";

// An argument that has to be a number.
inline std::optional<std::uint64_t> number(std::string_view text) {
  const auto value = base::parse_number(text);
  return value ? std::optional(*value) : std::nullopt;
}

}  // namespace logbuf
