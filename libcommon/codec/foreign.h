// Peers of another protocol, recognised by the first bytes they send: somebody came to the wrong port. Passive.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace codec {

// "a TLS handshake" (RFC 8446, section 5.1), "an HTTP request" (RFC 9112, section 3); empty: neither of them; nothing
// while more bytes could make it one. At most kMaxForeignHead bytes are looked at, and never without an answer.
std::optional<std::string_view> foreign_protocol(std::string_view first_bytes);

// What a server says to whom it does not understand: "a TLS alert" (RFC 8446, section 6), "an HTTP response" (RFC 9112,
// section 4); empty: neither of them; nothing while more bytes could make it one. At most kForeignAnswerHead are
// needed.
std::optional<std::string_view> foreign_answer(std::string_view first_bytes);

inline constexpr std::size_t kForeignAnswerHead = 7;
inline constexpr std::size_t kMaxForeignHead = 8192;

}  // namespace codec
