#include "tools/logbuf/store/chunk.h"

#include <bit>
#include <cstring>

#include "tools/logbuf/store/xxh3.h"

namespace logbuf {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian, and so is this code");

constexpr std::uint32_t kHasInnerLf = 1;
constexpr std::uint32_t kCompressed = 2;

struct Header {
  char magic[8];
  std::uint64_t checksum;
  std::uint64_t first_id;
  std::int64_t accepted;
  std::uint32_t count;
  std::uint32_t payload;
  std::uint32_t flags;
  std::uint32_t compressed;  // bytes after the header, where they are compressed; else 0
};
static_assert(sizeof(Header) == kChunkHeader);

constexpr std::size_t kUnchecked = offsetof(Header, first_id);

std::uint64_t checksum_of(std::string_view chunk) {
  return XXH3_64bits(chunk.data() + kUnchecked, chunk.size() - kUnchecked);
}

std::string_view bytes_of(std::span<const std::uint32_t> lengths) {
  return {reinterpret_cast<const char*>(lengths.data()), lengths.size_bytes()};
}

bool lengths_add_up(const Chunk& chunk) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < chunk.count; ++i) sum += std::uint64_t{chunk.length(i)} + 1;
  return sum == chunk.payload.size();
}

// The lengths, and the payload after them.
void divide(Chunk& chunk, std::string_view both) {
  const std::size_t index = both.size() - chunk.payload_size;
  chunk.lengths = both.substr(0, index);
  chunk.payload = both.substr(index);
}

}  // namespace

std::uint32_t Chunk::length(std::size_t index) const {
  std::uint32_t length = 0;
  std::memcpy(&length, lengths.data() + index * sizeof length, sizeof length);
  return length;
}

std::size_t Chunk::plain_size() const {
  return logbuf::chunk_size(count, payload_size);
}

std::size_t Body::chunk_size() const {
  return compressed.empty() ? logbuf::chunk_size(lengths.size(), payload.size()) : kChunkHeader + compressed.size();
}

std::size_t chunk_size(std::size_t count, std::size_t payload) {
  return kChunkHeader + count * sizeof(std::uint32_t) + payload;
}

bool Expander::expand(Chunk& chunk) {
  const std::string_view header = chunk.bytes.substr(0, kChunkHeader);
  if (header_ != header) {
    header_.clear();
    block_.resize(chunk.plain_size() - kChunkHeader);
    if (!codec::expand_zstd(chunk.compressed, block_.data(), block_.size())) return false;
    header_ = header;
  }
  divide(chunk, block_);
  return true;
}

void Expander::release() {
  header_.clear();
  block_ = {};
}

void compress(Body& body, codec::ZstdCompressor& compressor) {
  if (chunk_size(body.lengths.size(), body.payload.size()) > kChunkHeader + kMaxExpanded) return;
  body.compressed = compressor.compress(bytes_of(body.lengths), body.payload).value_or("");
}

void encode_chunk(char* out, std::uint64_t first_id, base::WallTime accepted, const Body& body) {
  const bool is_compressed = !body.compressed.empty();
  Header header{};
  std::memcpy(header.magic, kChunkMagic, sizeof header.magic);
  header.first_id = first_id;
  header.accepted = accepted.time_since_epoch().count();
  header.count = static_cast<std::uint32_t>(body.lengths.size());
  header.payload = static_cast<std::uint32_t>(body.payload.size());
  header.flags = (body.has_inner_lf ? kHasInnerLf : 0) | (is_compressed ? kCompressed : 0);
  header.compressed = static_cast<std::uint32_t>(body.compressed.size());
  std::memcpy(out, &header, sizeof header);
  char* at = out + sizeof header;
  const std::string_view lengths = is_compressed ? body.compressed : bytes_of(body.lengths);
  std::memcpy(at, lengths.data(), lengths.size());
  if (!is_compressed) std::memcpy(at + lengths.size(), body.payload.data(), body.payload.size());
  const std::uint64_t checksum = checksum_of({out, body.chunk_size()});
  std::memcpy(out + offsetof(Header, checksum), &checksum, sizeof checksum);
}

std::optional<Chunk> peek_chunk(std::string_view bytes) {
  Header header{};
  if (bytes.size() < sizeof header) return {};
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kChunkMagic, sizeof header.magic) != 0) return {};
  const bool is_compressed = (header.flags & kCompressed) != 0;
  const std::size_t expanded = chunk_size(header.count, header.payload) - sizeof header;
  const std::size_t stored = is_compressed ? header.compressed : expanded;
  if (header.count == 0 || header.first_id == 0 || bytes.size() - sizeof header < stored ||
      (is_compressed && (header.compressed == 0 || expanded > kMaxExpanded)))
    return {};
  Chunk chunk{.first_id = header.first_id,
              .accepted = base::WallTime(std::chrono::nanoseconds(header.accepted)),
              .count = header.count,
              .has_inner_lf = (header.flags & kHasInnerLf) != 0,
              .bytes = bytes.substr(0, sizeof header + stored),
              .lengths = {},
              .payload = {},
              .compressed = {},
              .payload_size = header.payload};
  if (is_compressed)
    chunk.compressed = chunk.bytes.substr(sizeof header);
  else
    divide(chunk, chunk.bytes.substr(sizeof header));
  return chunk;
}

std::size_t plain_size_of(std::string_view bytes) {
  const std::optional<Chunk> chunk = peek_chunk(bytes);
  return chunk ? chunk->plain_size() : bytes.size();
}

bool checksum_matches(const Chunk& chunk) {
  std::uint64_t stored = 0;
  std::memcpy(&stored, chunk.bytes.data() + offsetof(Header, checksum), sizeof stored);
  return stored == checksum_of(chunk.bytes) && (chunk.is_compressed() || lengths_add_up(chunk));
}

std::optional<Chunk> decode_chunk(std::string_view bytes, Expander& expander) {
  std::optional<Chunk> chunk = peek_chunk(bytes);
  if (!chunk || chunk->size() != bytes.size() || !checksum_matches(*chunk)) return {};
  if (chunk->is_compressed() && (!expander.expand(*chunk) || !lengths_add_up(*chunk))) return {};
  return chunk;
}

}  // namespace logbuf
