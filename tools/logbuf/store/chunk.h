// A chunk: the messages that one commit made durable together, as one value in the log. docs/format-buffer.md shows the
// bytes.
//
// Chunks describe and check themselves (magic, first id, checksum over everything after it), so that 'salvage' can find
// them in a data file whose tree is broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"

namespace logbuf {

inline constexpr std::size_t kChunkHeader = 48;
inline constexpr char kChunkMagic[9] = "LPchunk1";
inline constexpr std::size_t kMaxChunkPayload = 256 * 1024;  // of more than one message

// A checked or unchecked view of an encoded chunk, valid as long as the bytes are.
struct Chunk {
  std::uint64_t first_id = 0;
  base::WallTime accepted;
  std::uint32_t count = 0;
  bool has_inner_lf = false;
  std::string_view lengths;  // count little-endian 32-bit numbers
  std::string_view payload;  // every message and an LF after it

  [[nodiscard]] std::uint64_t last_id() const { return first_id + count - 1; }
  [[nodiscard]] std::size_t size() const { return kChunkHeader + lengths.size() + payload.size(); }
  [[nodiscard]] std::uint32_t length(std::size_t index) const;
};

// How many bytes encode_chunk() writes.
std::size_t chunk_size(std::size_t count, std::size_t payload);

// Writes a chunk to `out`. `payload` holds every message followed by one LF.
void encode_chunk(char* out, std::uint64_t first_id, base::WallTime accepted, std::span<const std::uint32_t> lengths,
                  std::string_view payload, bool has_inner_lf);

// The header and its arithmetic are right; the checksum is not looked at. Longer `bytes` are allowed (a scan of a
// file).
std::optional<Chunk> peek_chunk(std::string_view bytes);

// All of it is right, and it fills `bytes` exactly.
std::optional<Chunk> decode_chunk(std::string_view bytes);

// The checksum is right: for salvage, which does not know where a chunk ends.
bool checksum_matches(std::string_view bytes, const Chunk& chunk);

}  // namespace logbuf
