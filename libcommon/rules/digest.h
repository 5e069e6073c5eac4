// Cryptographic digests.
#pragma once

#include <array>
#include <string_view>

namespace rules {

using Sha256 = std::array<char, 32>;

Sha256 sha256_of(std::string_view bytes);
Sha256 hmac_sha256_of(std::string_view key, std::string_view bytes);  // RFC 2104

// In a time that does not depend on where they differ.
bool equal_secrets(std::string_view left, std::string_view right);

}  // namespace rules
