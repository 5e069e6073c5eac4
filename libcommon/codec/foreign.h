// Clients of another protocol, recognised by the first bytes they send: they came to the wrong port. Passive.
#pragma once

#include <optional>
#include <string_view>

namespace codec {

// "a TLS handshake" (RFC 8446, section 5.1), "an HTTP request" (RFC 9112, section 3); empty: neither of them; nothing
// while more bytes could make it one. At most kMaxForeignHead bytes are looked at, and never without an answer.
std::optional<std::string_view> foreign_protocol(std::string_view first_bytes);

inline constexpr std::size_t kMaxForeignHead = 8192;

}  // namespace codec
