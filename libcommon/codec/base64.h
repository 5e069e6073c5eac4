// Base64 (RFC 4648, section 4), with padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace codec {

void append_base64(std::string& out, std::string_view bytes);

// Nothing for what is not exactly that.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace codec
