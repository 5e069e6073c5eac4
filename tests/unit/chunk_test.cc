#include "tools/logbuf/store/chunk.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

const std::vector<std::uint32_t> kLengths = {5, 0, 3};
constexpr std::string_view kPayload = "hello\n\na\nb\n";

std::string encoded() {
  std::string bytes(logbuf::chunk_size(kLengths.size(), kPayload.size()), '\0');
  logbuf::encode_chunk(bytes.data(), 41, base::WallTime(std::chrono::nanoseconds(1700000000000000000)), kLengths,
                       kPayload, true);
  return bytes;
}

}  // namespace

TEST_CASE("a chunk tells its ids, time and messages") {
  const std::string bytes = encoded();
  const auto chunk = logbuf::decode_chunk(bytes);
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
    if (logbuf::decode_chunk(bytes)) ++unnoticed;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
  CHECK(unnoticed == 0);
}

TEST_CASE("a chunk cut off anywhere is noticed") {
  const std::string bytes = encoded();
  std::size_t unnoticed = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size)
    if (logbuf::decode_chunk(std::string_view(bytes).substr(0, size))) ++unnoticed;
  CHECK(unnoticed == 0);
}

TEST_CASE("a chunk with other bytes behind it is found by a scan and refused as a record") {
  const std::string bytes = encoded() + "other bytes";
  const auto chunk = logbuf::peek_chunk(bytes);
  REQUIRE(chunk);
  CHECK(logbuf::checksum_matches(bytes, *chunk));
  CHECK_FALSE(logbuf::decode_chunk(bytes));
}
