// libFuzzer target (make fuzz): a chunk of a buffer with a checksum that is right, whatever else it says. It is
// refused, or has as many messages as it says, within kMaxExpanded where it is compressed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "tools/logbuf/store/chunk.h"
#include "tools/logbuf/store/xxh3.h"

namespace {

constexpr std::size_t kChecksum = 8;  // where it is
constexpr std::size_t kChecked = 16;  // from here on

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size < logbuf::kChunkHeader) return 0;
  std::memcpy(bytes.data(), logbuf::kChunkMagic, kChecksum);
  const std::uint64_t checksum = XXH3_64bits(bytes.data() + kChecked, size - kChecked);
  std::memcpy(bytes.data() + kChecksum, &checksum, sizeof checksum);
  logbuf::Expander expander;
  const std::optional<logbuf::Chunk> chunk = logbuf::decode_chunk(bytes, expander);
  if (!chunk) return 0;
  std::size_t messages = 0;
  for (std::size_t i = 0; i < chunk->count; ++i) messages += std::size_t{chunk->length(i)} + 1;
  if (messages != chunk->payload.size()) std::abort();
  if (chunk->is_compressed() && chunk->plain_size() > logbuf::kChunkHeader + logbuf::kMaxExpanded) std::abort();
  if (logbuf::plain_size_of(bytes) != chunk->plain_size()) std::abort();
  return 0;
}
