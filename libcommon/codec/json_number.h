// Numbers as people write them, as JSON numbers.
#pragma once

#include <string>
#include <string_view>

namespace codec {

// "+007" becomes 7, ".5" becomes 0.5 where `fractions` are wanted. False, and nothing is appended, for what is no such
// number; an integer of any size is one.
bool append_json_number(std::string& out, std::string_view text, bool fractions);

}  // namespace codec
