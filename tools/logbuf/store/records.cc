#include "tools/logbuf/store/records.h"

#include <algorithm>
#include <limits>

#include "tools/logbuf/store/pack.h"

namespace logbuf {

std::string encode_origin(const OriginState& origin) {
  Packer packer;
  packer.u64(origin.last).time(origin.active);
  if (origin.fingerprint) packer.u64(*origin.fingerprint);
  return packer.take();
}

std::optional<OriginState> decode_origin(std::string_view bytes) {
  Unpacker unpacker(bytes);
  OriginState origin;
  origin.last = unpacker.u64();
  origin.active = unpacker.time();
  if (!unpacker.ok()) return {};
  const std::uint64_t fingerprint = unpacker.u64();
  if (unpacker.ok()) origin.fingerprint = fingerprint;
  return origin;
}

std::uint64_t common_floor(const std::map<std::string, ConsumerState>& consumers) {
  if (consumers.empty()) return 0;
  std::uint64_t floor = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [name, consumer] : consumers) floor = std::min(floor, consumer.floor());
  return floor;
}

base::Result<Range> range_of(Cursor& cursor, const Entry& entry, const State& state) {
  const std::uint64_t first = entry.id();
  const std::optional<Chunk> chunk = peek_chunk(entry.value);
  if (chunk && chunk->first_id == first && chunk->size() == entry.value.size()) return Range{first, chunk->last_id()};
  const std::optional<Entry> next = TRY(cursor.at_or_after(first + 1));
  return Range{first, next ? next->id() - 1 : state.head()};
}

base::Result<void> delete_chunk(Txn& txn, State& state, Range range, std::string_view value) {
  state.bytes -= std::min<std::uint64_t>(state.bytes, value.size());
  state.plain_bytes -= std::min<std::uint64_t>(state.plain_bytes, plain_size_of(value));
  state.messages -= std::min(state.messages, range.count());
  state.chunks -= std::min<std::uint64_t>(state.chunks, 1);
  return txn.erase(range.first);
}

}  // namespace logbuf
