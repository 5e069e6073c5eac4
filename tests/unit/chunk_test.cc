#include "tools/logbuf/store/chunk.h"

#include <doctest/doctest.h>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/logbuf/store/xxh3.h"

namespace {

const std::vector<std::uint32_t> kLengths = {5, 0, 3};
constexpr std::string_view kPayload = "hello\n\na\nb\n";

std::string encoded(const logbuf::Body& body) {
  std::string bytes(body.chunk_size(), '\0');
  logbuf::encode_chunk(bytes.data(), 41, base::WallTime(std::chrono::nanoseconds(1700000000000000000)), body);
  return bytes;
}

std::string encoded() {
  return encoded({kLengths, kPayload, true});
}

// A hundred messages, of 5 bytes each.
struct Hundred {
  std::vector<std::uint32_t> lengths = std::vector<std::uint32_t>(100, 5);
  std::string payload;
  codec::ZstdCompressor compressor;
  Hundred() {
    for (int i = 0; i < 100; ++i) payload += "hello\n";
  }
  std::string compressed() {
    logbuf::Body body{lengths, payload};
    logbuf::compress(body, compressor);
    REQUIRE_FALSE(body.compressed.empty());
    return encoded(body);
  }
};

// What a chunk says of itself, with a checksum that is right.
std::string lying(std::string bytes, std::size_t offset, std::uint32_t number) {
  std::memcpy(bytes.data() + offset, &number, sizeof number);
  const std::uint64_t checksum = XXH3_64bits(bytes.data() + 16, bytes.size() - 16);
  std::memcpy(bytes.data() + 8, &checksum, sizeof checksum);
  return bytes;
}

constexpr std::size_t kCount = 32;
constexpr std::size_t kPayloadSize = 36;
constexpr std::size_t kCompressedSize = 44;

std::optional<logbuf::Chunk> decode(std::string_view bytes) {
  static logbuf::Expander expander;
  return logbuf::decode_chunk(bytes, expander);
}

}  // namespace

TEST_CASE("a chunk tells its ids, time and messages") {
  const std::string bytes = encoded();
  const auto chunk = decode(bytes);
  REQUIRE(chunk);
  CHECK(chunk->first_id == 41);
  CHECK(chunk->last_id() == 43);
  CHECK(chunk->accepted.time_since_epoch().count() == 1700000000000000000);
  CHECK(chunk->payload == kPayload);
  CHECK(chunk->length(2) == 3);
  CHECK(chunk->has_inner_lf);
}

TEST_CASE("every single flipped bit of a chunk is noticed") {
  std::string bytes = encoded();
  std::size_t unnoticed = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    if (decode(bytes)) ++unnoticed;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
  CHECK(unnoticed == 0);
}

TEST_CASE("a chunk cut off anywhere is noticed") {
  const std::string bytes = encoded();
  std::size_t unnoticed = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size)
    if (decode(std::string_view(bytes).substr(0, size))) ++unnoticed;
  CHECK(unnoticed == 0);
}

TEST_CASE("a chunk with other bytes behind it is found by a scan and refused as a record") {
  const std::string bytes = encoded() + "other bytes";
  const auto chunk = logbuf::peek_chunk(bytes);
  REQUIRE(chunk);
  CHECK(logbuf::checksum_matches(*chunk));
  CHECK_FALSE(decode(bytes));
}

TEST_CASE("a compressed chunk is smaller and has the same messages") {
  Hundred hundred;
  const std::string bytes = hundred.compressed();
  CHECK(bytes.size() < 100);
  const auto chunk = decode(bytes);
  REQUIRE(chunk);
  CHECK(chunk->last_id() == 140);
  CHECK(chunk->payload == hundred.payload);
  CHECK(chunk->length(99) == 5);
  CHECK(chunk->plain_size() == logbuf::chunk_size(100, 600));
  CHECK(logbuf::plain_size_of(bytes) == chunk->plain_size());
}

TEST_CASE("what compression would not make smaller is stored as it is") {
  codec::ZstdCompressor compressor;
  logbuf::Body body{kLengths, kPayload};
  logbuf::compress(body, compressor);
  CHECK(body.compressed.empty());
}

TEST_CASE("every single flipped bit of a compressed chunk is noticed, and every missing end") {
  Hundred hundred;
  std::string bytes = hundred.compressed();
  std::size_t unnoticed = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    if (decode(bytes)) ++unnoticed;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    if (decode(std::string_view(bytes).substr(0, size))) ++unnoticed;
  CHECK(unnoticed == 0);
  CHECK(decode(bytes));
}

TEST_CASE("a compressed chunk that lies about its sizes is damaged, and takes no memory for them") {
  Hundred hundred;
  const std::string bytes = hundred.compressed();
  CHECK(decode(lying(bytes, kCount, 100)));
  CHECK_FALSE(decode(lying(bytes, kCount, 99)));
  CHECK_FALSE(decode(lying(bytes, kCount, 0)));
  CHECK_FALSE(decode(lying(bytes, kCount, UINT32_MAX)));
  CHECK_FALSE(decode(lying(bytes, kPayloadSize, 599)));
  CHECK_FALSE(decode(lying(bytes, kPayloadSize, 601)));
  CHECK_FALSE(decode(lying(bytes, kPayloadSize, UINT32_MAX)));
  CHECK_FALSE(decode(lying(bytes, kCompressedSize, 0)));
  CHECK_FALSE(decode(lying(bytes, kCompressedSize, 1)));
  CHECK_FALSE(decode(lying(bytes, kCompressedSize, UINT32_MAX)));
}

TEST_CASE("a frame that expands to more than the header says is damaged") {
  Hundred hundred;
  const std::string bomb(64 << 20, 'x');
  const auto frame = hundred.compressor.compress("", bomb);
  REQUIRE(frame);
  const logbuf::Body body{hundred.lengths, hundred.payload, false, *frame};
  CHECK_FALSE(decode(encoded(body)));
}

TEST_CASE("a compressed chunk whose lengths do not add up is damaged") {
  Hundred hundred;
  hundred.lengths[7] = 4;
  CHECK_FALSE(decode(hundred.compressed()));
}

TEST_CASE("a message that would take too much memory is not compressed") {
  codec::ZstdCompressor compressor;
  const std::string large(logbuf::kMaxExpanded, '\n');
  const std::vector<std::uint32_t> lengths{static_cast<std::uint32_t>(large.size() - 1)};
  logbuf::Body body{lengths, large};
  logbuf::compress(body, compressor);
  CHECK(body.compressed.empty());
}
