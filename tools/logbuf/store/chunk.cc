#include "tools/logbuf/store/chunk.h"

#include <bit>
#include <cstring>

#include "tools/logbuf/store/xxh3.h"

namespace logbuf {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian, and so is this code");

constexpr std::uint32_t kHasInnerLf = 1;

struct Header {
  char magic[8];
  std::uint64_t checksum;
  std::uint64_t first_id;
  std::int64_t accepted;
  std::uint32_t count;
  std::uint32_t payload;
  std::uint32_t flags;
  std::uint32_t reserved;
};
static_assert(sizeof(Header) == kChunkHeader);

constexpr std::size_t kUnchecked = offsetof(Header, first_id);

std::uint64_t checksum_of(std::string_view chunk) {
  return XXH3_64bits(chunk.data() + kUnchecked, chunk.size() - kUnchecked);
}

}  // namespace

std::uint32_t Chunk::length(std::size_t index) const {
  std::uint32_t length = 0;
  std::memcpy(&length, lengths.data() + index * sizeof length, sizeof length);
  return length;
}

std::size_t chunk_size(std::size_t count, std::size_t payload) {
  return kChunkHeader + count * sizeof(std::uint32_t) + payload;
}

void encode_chunk(char* out, std::uint64_t first_id, base::WallTime accepted, std::span<const std::uint32_t> lengths,
                  std::string_view payload, bool has_inner_lf) {
  Header header{};
  std::memcpy(header.magic, kChunkMagic, sizeof header.magic);
  header.first_id = first_id;
  header.accepted = accepted.time_since_epoch().count();
  header.count = static_cast<std::uint32_t>(lengths.size());
  header.payload = static_cast<std::uint32_t>(payload.size());
  header.flags = has_inner_lf ? kHasInnerLf : 0;
  std::memcpy(out, &header, sizeof header);
  std::memcpy(out + sizeof header, lengths.data(), lengths.size_bytes());
  std::memcpy(out + sizeof header + lengths.size_bytes(), payload.data(), payload.size());
  const std::uint64_t checksum = checksum_of({out, chunk_size(lengths.size(), payload.size())});
  std::memcpy(out + offsetof(Header, checksum), &checksum, sizeof checksum);
}

std::optional<Chunk> peek_chunk(std::string_view bytes) {
  Header header{};
  if (bytes.size() < sizeof header) return {};
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kChunkMagic, sizeof header.magic) != 0) return {};
  const std::size_t index = std::size_t{header.count} * sizeof(std::uint32_t);
  if (header.count == 0 || header.first_id == 0 || bytes.size() - sizeof header < index ||
      bytes.size() - sizeof header - index < header.payload)
    return {};
  return Chunk{.first_id = header.first_id,
               .accepted = base::WallTime(std::chrono::nanoseconds(header.accepted)),
               .count = header.count,
               .has_inner_lf = (header.flags & kHasInnerLf) != 0,
               .lengths = bytes.substr(sizeof header, index),
               .payload = bytes.substr(sizeof header + index, header.payload)};
}

bool checksum_matches(std::string_view bytes, const Chunk& chunk) {
  std::uint64_t stored = 0;
  std::memcpy(&stored, bytes.data() + offsetof(Header, checksum), sizeof stored);
  if (stored != checksum_of(bytes.substr(0, chunk.size()))) return false;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < chunk.count; ++i) sum += std::uint64_t{chunk.length(i)} + 1;
  return sum == chunk.payload.size();
}

std::optional<Chunk> decode_chunk(std::string_view bytes) {
  const std::optional<Chunk> chunk = peek_chunk(bytes);
  if (!chunk || chunk->size() != bytes.size() || !checksum_matches(bytes, *chunk)) return {};
  return chunk;
}

}  // namespace logbuf
