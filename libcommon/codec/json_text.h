// JSON that others have sent: whether it is JSON, and its values byte for byte.
#pragma once

#include <string>
#include <string_view>

#include "codec/json_walk.h"

namespace codec {

// RFC 8259; what follows is not for text of which this is not true.
bool is_json(std::string_view text);

// The string that a value in quotes stands for.
std::string json_string_value(std::string_view quoted);

}  // namespace codec
