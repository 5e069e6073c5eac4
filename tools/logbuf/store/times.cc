#include "tools/logbuf/store/times.h"

#include <algorithm>

#include "tools/logbuf/store/buffer.h"
#include "tools/logbuf/store/pack.h"
#include "tools/logbuf/store/records.h"

namespace logbuf {
namespace {

constexpr std::string_view kStepsKey = "clock";
constexpr std::size_t kMaxSteps = 64;

base::Result<void> note_step(Txn& txn, std::uint64_t id) {
  std::vector<std::uint64_t> steps = TRY(load_steps(txn));
  if (!steps.empty() && steps.back() == id) return {};
  steps.push_back(id);
  if (steps.size() > kMaxSteps) steps.erase(steps.begin());
  Packer packer;
  for (const std::uint64_t step : steps) packer.u64(step);
  return txn.put(Table::meta, kStepsKey, packer.take());
}

// Ids from `low` up to, not including `high`, between which times never decrease: the first accepted at or after
// `time`.
base::Result<std::uint64_t> search(Cursor& cursor, std::uint64_t low, std::uint64_t high, base::WallTime time) {
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const std::optional<Entry> entry = TRY(cursor.at_or_before(middle));
    const std::optional<Chunk> chunk = entry ? peek_chunk(entry->value) : std::nullopt;
    if (entry && chunk && chunk->accepted >= time) {
      high = std::max(low, std::min(entry->id(), middle));
    } else {
      const std::uint64_t past = chunk ? chunk->last_id() + 1 : middle + 1;
      low = std::max(middle + 1, past);
    }
  }
  return low;
}

// Nothing where no chunk can be read.
base::Result<std::optional<base::WallTime>> time_of(Cursor& cursor, std::uint64_t id) {
  const std::optional<Entry> entry = TRY(cursor.at_or_before(id));
  const std::optional<Chunk> chunk = entry ? peek_chunk(entry->value) : std::nullopt;
  return chunk ? std::optional(chunk->accepted) : std::nullopt;
}

}  // namespace

base::Result<std::vector<std::uint64_t>> load_steps(const Txn& txn) {
  const std::optional<std::string_view> record = TRY(txn.get(Table::meta, kStepsKey));
  std::vector<std::uint64_t> steps;
  Unpacker unpacker(record.value_or(""));
  for (std::uint64_t step = unpacker.u64(); unpacker.ok(); step = unpacker.u64()) steps.push_back(step);
  std::sort(steps.begin(), steps.end());
  return steps;
}

base::Result<base::WallTime> accepted_at(Cursor& cursor, const std::vector<std::uint64_t>& steps, std::uint64_t id,
                                         base::WallTime now) {
  std::optional<base::WallTime> time = TRY(time_of(cursor, id));
  for (auto step = std::upper_bound(steps.begin(), steps.end(), id);
       time && *time > now + kRepeatTime && step != steps.end(); ++step)
    time = TRY(time_of(cursor, *step));
  return time ? std::min(*time, now) : now;
}

// What was read off a clock that is wrong by years must not be the time of all that follows. Small corrections are
// common, and to repeat a time for a moment is simpler for those who read.
base::Result<base::Duration> Buffer::stamp(Txn& txn, State& state, base::WallTime now) const {
  const base::WallTime before = state.last_accepted;
  state.last_accepted = now < before - kRepeatTime ? now : std::max(now, before);
  if (state.last_accepted >= before) return base::Duration::zero();
  TRY(note_step(txn, state.next_id));
  return before - now;
}

base::Result<void> Buffer::stamp_copy(Txn& txn, State& state, std::uint64_t id, base::WallTime accepted) const {
  if (accepted < state.last_accepted) TRY(note_step(txn, id));
  state.last_accepted = accepted;
  return {};
}

base::Result<std::uint64_t> Buffer::id_at(base::WallTime time) {
  const Txn txn = TRY(Txn::begin(env_, Access::read_only));
  const State state = TRY(load(txn));
  Cursor cursor = TRY(Cursor::open(txn, Table::log));
  const std::optional<Entry> oldest = TRY(cursor.first());
  if (!oldest) return state.next_id;
  const base::WallTime future = base::wall_now() + kRepeatTime;
  std::uint64_t from = oldest->id();
  std::vector<std::uint64_t> ends = TRY(load_steps(txn));
  ends.push_back(state.next_id);
  for (const std::uint64_t end : ends) {
    if (end <= from) continue;
    const std::uint64_t found = TRY(search(cursor, from, end, time));
    if (found < end && TRY(time_of(cursor, found)).value_or(future) <= future) return found;
    from = end;
  }
  return state.next_id;
}

base::Result<std::optional<Range>> Buffer::oldest_chunk() {
  const Txn txn = TRY(Txn::begin(env_, Access::read_only));
  Cursor cursor = TRY(Cursor::open(txn, Table::log));
  const std::optional<Entry> oldest = TRY(cursor.first());
  if (!oldest) return std::optional<Range>();
  return std::optional(TRY(range_of(cursor, *oldest, TRY(load(txn)))));
}

base::Result<std::optional<base::WallTime>> Buffer::oldest_time() {
  const Txn txn = TRY(Txn::begin(env_, Access::read_only));
  Cursor cursor = TRY(Cursor::open(txn, Table::log));
  const std::optional<Entry> oldest = TRY(cursor.first());
  const std::optional<Chunk> chunk = oldest ? peek_chunk(oldest->value) : std::nullopt;
  if (!chunk) return std::optional<base::WallTime>();
  return std::optional(chunk->accepted);
}

}  // namespace logbuf
