// What keeps a buffer small and whole: expiry, trimming, quarantine, verification.
#include <algorithm>
#include <limits>

#include "tools/logbuf/store/buffer.h"
#include "tools/logbuf/store/records.h"
#include "tools/logbuf/store/times.h"

namespace logbuf {
namespace {

// Deleting frees pages, which a transaction keeps in memory until it commits: many chunks go in several transactions.
// What a commit frees it lists in the file: with these limits that fits into the room that is kept on a full disk.
constexpr int kChunksPerTransaction = 256;
constexpr std::uint64_t kBytesPerTransaction = 8 << 20;
constexpr std::uint64_t kNoId = std::numeric_limits<std::uint64_t>::max();

bool is_kept_for_replay(const State& state, base::WallTime accepted, base::WallTime now) {
  const bool by_size = state.limits.retain_size.count > 0 && state.bytes <= state.limits.retain_size.count;
  const bool by_time = state.limits.retain_time.count() > 0 && now - accepted <= state.limits.retain_time;
  return by_size || by_time;
}

std::string show(Range range) {
  if (range.first == range.last) return "message " + std::to_string(range.first);
  return "messages " + std::to_string(range.first) + "-" + std::to_string(range.last);
}

}  // namespace

base::Result<bool> Buffer::expire(Txn& txn, State& state, const std::map<std::string, ConsumerState>& consumers) const {
  const std::uint64_t acknowledged = common_floor(consumers);
  const base::WallTime now = base::wall_now();
  const std::vector<std::uint64_t> steps = TRY(load_steps(txn));
  const std::uint64_t before = state.bytes;
  for (int deleted = 0; deleted < kChunksPerTransaction && before - state.bytes < kBytesPerTransaction; ++deleted) {
    Cursor cursor = TRY(Cursor::open(txn, Table::log));
    const std::optional<Entry> oldest = TRY(cursor.first());
    if (!oldest || oldest->id() > acknowledged) return true;
    const Range range = TRY(range_of(cursor, *oldest, state));
    if (range.last > acknowledged) return true;
    const bool sound = peek_chunk(oldest->value).has_value();
    const base::WallTime accepted = TRY(accepted_at(cursor, steps, range.first, now));
    if (sound && is_kept_for_replay(state, accepted, now)) return true;
    TRY(delete_chunk(txn, state, range, oldest->value));
  }
  return false;
}

base::Result<void> Buffer::expire_all() {
  for (bool done = false; !done;) {
    Txn txn = TRY(Txn::begin(env_, Access::read_write));
    State state = TRY(load(txn));
    const std::uint64_t before = state.chunks;
    done = TRY(expire(txn, state, TRY(load_consumers(txn))));
    if (state.chunks == before) return {};
    TRY(store(txn, state));
    TRY(txn.commit());
  }
  return {};
}

base::Result<std::uint64_t> Buffer::lose_everywhere(Txn& txn, std::map<std::string, ConsumerState>& consumers,
                                                    Range range) const {
  if (consumers.empty()) return range.count();
  std::uint64_t most = 0;
  for (auto& [name, consumer] : consumers) {
    const std::uint64_t lost = TRY(consumer.lose(range, base::wall_now()));
    if (lost == 0) continue;
    most = std::max(most, lost);
    TRY(txn.put(Table::consumers, name, consumer.encode()));
  }
  return most;
}

base::Result<void> Buffer::quarantine(Range range) {
  Txn txn = TRY(Txn::begin(env_, Access::read_write));
  State state = TRY(load(txn));
  {
    Cursor cursor = TRY(Cursor::open(txn, Table::log));
    const std::optional<Entry> entry = TRY(cursor.at_or_after(range.first));
    if (!entry || entry->id() != range.first || decode_chunk(entry->value, expander_))
      return {};  // another process was faster
    const std::string bytes(entry->value);
    TRY(delete_chunk(txn, state, range, bytes));
    TRY(txn.put(Table::quarantine, txn.key_of(range.first), bytes));
  }
  std::map<std::string, ConsumerState> consumers = TRY(load_consumers(txn));
  for (auto& [name, consumer] : consumers) {
    const std::uint64_t lost = TRY(consumer.forget(range));
    if (lost == 0) continue;
    consumer.lost += lost;
    TRY(txn.put(Table::consumers, name, consumer.encode()));
  }
  state.damaged += range.count();
  TRY(store(txn, state));
  return txn.commit();
}

base::Result<std::uint64_t> Buffer::trim(std::uint64_t until, bool force) {
  std::uint64_t messages = 0;
  for (bool done = false; !done;) {
    Txn txn = TRY(Txn::begin(env_, Access::read_write));
    State state = TRY(load(txn));
    std::map<std::string, ConsumerState> consumers = TRY(load_consumers(txn));
    const std::uint64_t limit = force ? until : std::min(until, common_floor(consumers));
    int deleted = 0;
    const std::uint64_t before = state.bytes;
    for (; deleted < kChunksPerTransaction && before - state.bytes < kBytesPerTransaction; ++deleted) {
      Cursor cursor = TRY(Cursor::open(txn, Table::log));
      const std::optional<Entry> oldest = TRY(cursor.first());
      const Range range = oldest ? TRY(range_of(cursor, *oldest, state)) : Range{};
      done = range.empty() || range.last > limit;
      if (done) break;
      TRY(delete_chunk(txn, state, range, oldest->value));
      state.dropped_oldest += TRY(lose_everywhere(txn, consumers, range));
      messages += range.count();
    }
    if (deleted == 0) break;
    TRY(store(txn, state));
    TRY(txn.commit());
  }
  return messages;
}

base::Result<void> Buffer::restore(std::span<const Chunk> chunks) {
  Txn txn = TRY(Txn::begin(env_, Access::read_write));
  State state = TRY(load(txn));
  for (const Chunk& chunk : chunks) {
    if (chunk.is_compressed()) TRY(raise_format(state));
    std::ranges::copy(chunk.bytes, TRY(txn.append(chunk.first_id, chunk.size())));
    TRY(stamp_copy(txn, state, chunk.first_id, chunk.accepted));
    state.next_id = chunk.last_id() + 1;
    state.messages += chunk.count;
    state.bytes += chunk.size();
    state.plain_bytes += chunk.plain_size();
    ++state.chunks;
  }
  state.limits.max_size.count = std::max(state.limits.max_size.count, state.bytes);
  TRY(store(txn, state));
  TRY(txn.commit());
  return env_.reserve(file_limit(state.limits));
}

base::Result<void> Buffer::remember(Memory memory) {
  Txn txn = TRY(Txn::begin(env_, Access::read_write));
  State state = TRY(load(txn));
  state.limits = memory.state.limits;
  state.limits.max_size.count = std::max(state.limits.max_size.count, state.bytes);
  state.next_id = std::max(state.next_id, memory.state.next_id);
  state.next_consumer = std::max(state.next_consumer, memory.state.next_consumer);
  state.dropped_newest = memory.state.dropped_newest;
  state.dropped_oldest = memory.state.dropped_oldest;
  state.damaged = memory.state.damaged;
  TRY(store(txn, state));
  TRY(store_compression(txn, state.limits.compression));
  for (auto& [name, consumer] : memory.consumers) {
    (void)consumer.rewind(kNoId, [](std::uint64_t) { return false; });
    TRY(txn.put(Table::consumers, name, consumer.encode()));
  }
  for (const auto& [name, origin] : memory.origins) TRY(txn.put(Table::origins, name, encode_origin(origin)));
  TRY(txn.commit());
  return env_.reserve(file_limit(state.limits));
}

base::Result<std::uint64_t> Buffer::verify(const OnProblem& on_problem) {
  const Txn txn = TRY(Txn::begin(env_, Access::read_only));
  const State state = TRY(load(txn));
  std::uint64_t good = 0;
  std::uint64_t bytes = 0;
  std::uint64_t chunks = 0;
  std::uint64_t covered = 0;  // the id up to which chunks were seen
  Cursor cursor = TRY(Cursor::open(txn, Table::log));
  std::uint64_t sought = 0;
  for (std::optional<Entry> entry = TRY(cursor.first()); entry; entry = TRY(cursor.at_or_after(sought))) {
    if (entry->id() < sought || entry->id() == kNoId) {  // only the tree can be to blame, and it may lead in circles
      on_problem("the log is not in order around message " + std::to_string(sought));
      break;
    }
    sought = entry->id() + 1;
    bytes += entry->value.size();
    ++chunks;
    const std::optional<Chunk> chunk = decode_chunk(entry->value, expander_);
    const bool sound = chunk && chunk->first_id == entry->id() && chunk->last_id() <= state.head();
    const std::uint64_t first = entry->id();
    if (first <= covered) on_problem(show({first, covered}) + " are stored twice");
    const Range range = sound ? Range{first, chunk->last_id()} : TRY(range_of(cursor, *entry, state));
    if (sound) good += chunk->count;
    if (!sound) on_problem(show(range) + ": the checksum or the header of their chunk is wrong");
    covered = std::max({covered, range.last, first});
  }
  if (bytes != state.bytes || chunks != state.chunks)
    on_problem("the counters say " + std::to_string(state.chunks) + " chunks of " + std::to_string(state.bytes) +
               " bytes, the log holds " + std::to_string(chunks) + " of " + std::to_string(bytes));
  const std::map<std::string, ConsumerState> consumers = TRY(load_consumers(txn));
  for (const auto& [name, consumer] : consumers) {
    const std::uint64_t top = consumer.spans().empty() ? consumer.floor() : consumer.spans().back().range.last;
    if (top > state.head())
      on_problem("consumer '" + name + "' is at message " + std::to_string(top) + ", beyond the log's end");
  }
  return good;
}

}  // namespace logbuf
