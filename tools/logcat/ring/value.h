// Values of events, as programs write them into a ring (docs/format-ring.md), and as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace logcat {

// Takes a value of this type off `values` and appends it. False: it is damaged, and `out` is not to be used.
[[nodiscard]] bool append_value(std::string& out, std::uint8_t type, std::string_view& values);

// Takes a value of this type off `values`. False: it is damaged.
[[nodiscard]] bool skip_value(std::uint8_t type, std::string_view& values);

// The number that `values` begin with; nothing where this type has none. Booleans and times are no numbers here.
std::optional<double> number_of(std::uint8_t type, std::string_view values);

}  // namespace logcat
