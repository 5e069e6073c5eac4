// Bytes from outside, made safe to show in a diagnostic.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace base {

// In double quotes, with \xNN for what is not printable ASCII; of more than `limit` bytes only the first, and "...".
std::string quote(std::string_view bytes, std::size_t limit = 60);

}  // namespace base
