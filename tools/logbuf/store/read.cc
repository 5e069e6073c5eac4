// Reading ranges of the log. Read transactions last as long as the copying and no longer.
#include <algorithm>
#include <vector>

#include "tools/logbuf/store/buffer.h"
#include "tools/logbuf/store/records.h"

namespace logbuf {
namespace {

// Copies messages of a chunk, about `limit` bytes of them; returns the last id copied.
std::uint64_t copy_messages(const Chunk& chunk, Range range, bool ids, std::size_t limit, stream::Batch& batch) {
  std::size_t offset = 0;
  std::size_t index = 0;
  for (const std::size_t begin = range.first - chunk.first_id; index < begin; ++index)
    offset += std::size_t{chunk.length(index)} + 1;
  const std::size_t start = offset;
  std::vector<std::uint32_t> lengths;
  for (const std::size_t end = range.last - chunk.first_id; index <= end && offset - start < limit; ++index) {
    lengths.push_back(chunk.length(index));
    offset += std::size_t{lengths.back()} + 1;
  }
  batch.append_block(chunk.payload.substr(start, offset - start), lengths, chunk.has_inner_lf);
  if (ids) batch.number_from(range.first);
  return chunk.first_id + index - 1;
}

}  // namespace

base::Result<Range> Buffer::read(Range range, bool ids, std::size_t limit, stream::Batch& batch,
                                 const OnDamage& on_damage, std::vector<Run>* runs) {
  const std::size_t start = batch.bytes();
  Range passed{range.first, range.first - 1};
  std::vector<Damage> damages;
  {
    const Txn txn = TRY(Txn::begin(env_, Access::read_only));
    const State state = TRY(load(txn));
    range.last = std::min(range.last, state.head());
    Cursor cursor = TRY(Cursor::open(txn, Table::log));
    bool inside = false;  // a chunk, of which the rest comes next
    while (passed.last < range.last && batch.bytes() - start < limit) {
      const std::uint64_t next = passed.last + 1;
      std::optional<Entry> entry = TRY(cursor.at_or_before(next));
      const std::optional<Chunk> chunk = entry ? decode_chunk(entry->value, expander_) : std::nullopt;
      if (chunk && chunk->first_id == entry->id() && chunk->last_id() >= next) {
        const Range wanted{next, std::min(range.last, chunk->last_id())};
        passed.last = copy_messages(*chunk, wanted, ids, limit - (batch.bytes() - start), batch);
        inside = passed.last < chunk->last_id();
        if (runs != nullptr)
          runs->push_back({next, static_cast<std::uint32_t>(passed.last - next + 1), chunk->accepted});
        continue;
      }
      const Range held = entry ? TRY(range_of(cursor, *entry, state)) : Range{};
      if (entry && !chunk && held.last >= next) {
        damages.push_back({held, "checksum or header of the chunk is wrong"});
        passed.last = std::min(held.last, range.last);
        continue;
      }
      entry = TRY(cursor.at_or_after(next));  // a gap
      const std::uint64_t gap_end = entry ? entry->id() - 1 : range.last;
      passed.last = std::clamp(gap_end, next, range.last);  // in a damaged tree it may be anywhere
    }
    if (!inside) expander_.release();
  }
  for (const Damage& damage : damages)
    if (!on_damage(damage))
      return base::fail(base::Kind::data, "read buffer " + path_,
                        "messages " + std::to_string(damage.range.first) + "-" + std::to_string(damage.range.last) +
                            " are damaged; go past them with --on-damage=skip");
  return passed;
}

base::Result<std::uint64_t> Buffer::oldest_id() {
  const Txn txn = TRY(Txn::begin(env_, Access::read_only));
  Cursor cursor = TRY(Cursor::open(txn, Table::log));
  const std::optional<Entry> oldest = TRY(cursor.first());
  if (oldest) return oldest->id();
  return TRY(load(txn)).next_id;
}

}  // namespace logbuf
