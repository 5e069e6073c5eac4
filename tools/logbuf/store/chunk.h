// A chunk: the messages that one commit made durable together, as one value in the log. docs/format-buffer.md shows the
// bytes.
//
// Chunks describe and check themselves (magic, first id, checksum over everything after it), so that 'salvage' can find
// them in a data file whose tree is broken. What follows the header may be compressed (docs/decisions/0087).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "codec/zstd_block.h"

namespace logbuf {

inline constexpr std::size_t kChunkHeader = 48;
inline constexpr char kChunkMagic[9] = "LPchunk1";
inline constexpr std::size_t kMaxChunkPayload = 256 * 1024;  // of more than one message
inline constexpr std::size_t kMaxExpanded = 4 << 20;         // lengths and payload of a chunk that is compressed

// What a new chunk has after its header.
struct Body {
  std::span<const std::uint32_t> lengths;
  std::string_view payload;  // every message and an LF after it
  bool has_inner_lf = false;
  std::string_view compressed = {};  // both of them; empty: they are stored as they are

  [[nodiscard]] std::size_t chunk_size() const;  // with the header
};

// A checked or unchecked view of an encoded chunk, valid as long as the bytes are.
struct Chunk {
  std::uint64_t first_id = 0;
  base::WallTime accepted;
  std::uint32_t count = 0;
  bool has_inner_lf = false;
  std::string_view bytes;          // all of it
  std::string_view lengths;        // count little-endian 32-bit numbers
  std::string_view payload;        // every message and an LF after it
  std::string_view compressed;     // both; they are empty then, until an Expander has been at work
  std::uint32_t payload_size = 0;  // in any case

  [[nodiscard]] std::uint64_t last_id() const { return first_id + count - 1; }
  [[nodiscard]] std::size_t size() const { return bytes.size(); }
  [[nodiscard]] bool is_compressed() const { return !compressed.empty(); }
  [[nodiscard]] std::size_t plain_size() const;  // if it were not compressed
  [[nodiscard]] std::uint32_t length(std::size_t index) const;
};

// Undoes the compression of one chunk after the other, and remembers the last: its views are valid until the next call.
class Expander {
 public:
  // False: what is compressed is damaged, or is not what the header says.
  bool expand(Chunk& chunk);
  void release();  // its memory

 private:
  std::string header_;  // of the chunk that `block_` is of
  std::string block_;
};

// How many bytes a chunk has that is not compressed.
std::size_t chunk_size(std::size_t count, std::size_t payload);

// Where that is smaller, and not too large for who reads it. Valid until the compressor's next block.
void compress(Body& body, codec::ZstdCompressor& compressor);

// Writes a chunk to `out`, which has body.chunk_size() bytes.
void encode_chunk(char* out, std::uint64_t first_id, base::WallTime accepted, const Body& body);

// The header and its arithmetic are right; the checksum is not looked at. Longer `bytes` are allowed (a scan of a
// file).
std::optional<Chunk> peek_chunk(std::string_view bytes);

// What a stored chunk would have without compression; its own size where its header is damaged.
std::size_t plain_size_of(std::string_view bytes);

// All of it is right, and it fills `bytes` exactly.
std::optional<Chunk> decode_chunk(std::string_view bytes, Expander& expander);

// All is as it was written: for salvage, which does not know where a chunk ends.
bool checksum_matches(const Chunk& chunk);

}  // namespace logbuf
