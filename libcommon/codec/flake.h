// mulog's ids of events: 24 bytes, of which the first 8 are ns since 1970. They are unique, and their text sorts as
// they do. Those that are made here are of an event in a ring, and the same however often it is read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace codec {

using Flake = std::array<std::uint8_t, 24>;

// `instance` is the file's (docs/format-ring.md), `number` the event's in its ring, of which 48 bits count.
Flake make_flake(std::uint64_t time, std::uint64_t instance, std::uint16_t ring, std::uint64_t number);

// 32 characters of -0-9A-Z_a-z.
inline constexpr std::size_t kFlakeText = 32;
void write_flake_text(const Flake& flake, char* text);
std::string flake_text(const Flake& flake);
// 48 lower-case hexadecimal digits.
std::string flake_hex(const Flake& flake);
// Nothing for what is no flake's text.
std::optional<Flake> parse_flake(std::string_view text);

}  // namespace codec
