// Writing to the log: chunks, duplicates, and what happens when the buffer is full.
#include <algorithm>

#include "base/units.h"
#include "tools/logbuf/store/buffer.h"
#include "tools/logbuf/store/records.h"

namespace logbuf {
namespace {

struct Piece {
  std::size_t count = 0;
  std::size_t payload = 0;
};

// The messages from `first` on that make the next chunk: at least one, at most `limit` bytes of several.
Piece next_piece(const stream::Batch& batch, std::size_t first, std::size_t limit) {
  Piece piece;
  for (const std::uint32_t length : batch.lengths().subspan(first)) {
    if (piece.count > 0 && piece.payload + length + 1 > limit) break;
    piece.payload += std::size_t{length} + 1;
    ++piece.count;
  }
  return piece;
}

base::Result<std::uint64_t> decimal_id(const stream::Batch& batch, std::size_t index) {
  base::Result<std::uint64_t> id = base::parse_number(batch.id(index));
  if (!id)
    return base::fail(base::Kind::protocol, "read message id '" + std::string(batch.id(index)) + "'",
                      "a stream with an origin has decimal ids");
  return id;
}

// The first message from index `first` on whose id is above `last`.
base::Result<std::size_t> first_unknown(const stream::Batch& batch, std::size_t first, std::uint64_t last) {
  while (first < batch.count() && TRY(decimal_id(batch, first)) <= last) ++first;
  return first;
}

std::string loss_message(const State& state, base::WallTime now) {
  return "<44>1 " + base::format_time(now) + " - logbuf - loss - " + base::count_of(state.unreported_loss, "message") +
         (state.unreported_loss == 1 ? " was" : " were") + " dropped since " + base::format_time(state.loss_since) +
         " because the buffer was full";
}

}  // namespace

base::Result<Appended> Buffer::append(const stream::Batch& batch, std::size_t first, const std::string& origin,
                                      bool report_loss_message) {
  Txn txn = TRY(Txn::begin(env_, Access::read_write));
  TRY(check_accepts(txn));
  State state = TRY(load(txn));
  Appended result;
  result.last_id = state.head();
  std::size_t at = first;
  if (!origin.empty()) {
    const std::optional<std::string_view> record = TRY(txn.get(Table::origins, origin));
    const std::optional<OriginState> known = record ? decode_origin(*record) : std::nullopt;
    if (known) at = TRY(first_unknown(batch, first, known->last));
    result.duplicates = at - first;
  }
  if (at == batch.count()) {
    result.taken = at - first;
    return result;
  }
  const base::WallTime now = base::wall_now();
  result.clock_back = TRY(stamp(txn, state, now));
  if (report_loss_message && state.unreported_loss > 0) TRY(report_loss(txn, state));

  const std::uint64_t dropped_oldest = state.dropped_oldest;
  const std::size_t limit = std::min<std::size_t>(kMaxChunkPayload, state.limits.max_size.count / 8);
  std::size_t offset = 0;
  for (std::size_t i = 0; i < at; ++i) offset += std::size_t{batch.lengths()[i]} + 1;
  while (at < batch.count()) {
    const Piece piece = next_piece(batch, at, limit);
    const std::size_t size = chunk_size(piece.count, piece.payload);
    if (size > state.limits.max_size.count && at > first) break;  // what stands before it is stored first
    if (size > state.limits.max_size.count)
      return base::fail(base::Kind::data, "write buffer " + path_,
                        "a message of " + std::to_string(piece.payload) + " bytes is larger than --max-size");
    if (!TRY(make_room(txn, state, size))) {
      if (state.limits.when_full != WhenFull::drop_newest) {
        result.full = true;
        break;
      }
      if (state.unreported_loss == 0) state.loss_since = state.last_accepted;
      state.unreported_loss += piece.count;
      state.dropped_newest += piece.count;
      result.dropped += piece.count;
    } else {
      char* out = TRY(txn.append(state.next_id, size));
      encode_chunk(out, state.next_id, state.last_accepted, batch.lengths().subspan(at, piece.count),
                   batch.block().substr(offset, piece.payload), batch.has_inner_lf());
      state.next_id += piece.count;
      state.messages += piece.count;
      state.bytes += size;
      ++state.chunks;
    }
    at += piece.count;
    offset += piece.payload;
  }
  result.deleted = state.dropped_oldest - dropped_oldest;
  result.taken = at - first;
  result.last_id = state.head();
  if (result.taken == 0) return result;  // nothing changed, and the transaction ends here
  if (!origin.empty()) {
    const std::uint64_t id = TRY(decimal_id(batch, at - 1));
    const std::uint32_t length = batch.lengths()[at - 1];
    const std::uint64_t print = message_fingerprint(id, batch.block().substr(offset - length - 1, length));
    TRY(txn.put(Table::origins, origin, encode_origin({id, now, print})));
  }
  TRY(store(txn, state));
  TRY(txn.keep_room());
  TRY(txn.commit());
  return result;
}

base::Result<void> Buffer::report_loss(Txn& txn, State& state) const {
  stream::Batch report;
  report.append(loss_message(state, state.last_accepted));
  const std::size_t size = chunk_size(1, report.bytes());
  if (state.bytes + size > state.limits.max_size.count) return {};  // later, when there is room
  char* out = TRY(txn.append(state.next_id, size));
  encode_chunk(out, state.next_id, state.last_accepted, report.lengths(), report.block(), false);
  ++state.next_id;
  ++state.messages;
  ++state.chunks;
  state.bytes += size;
  state.unreported_loss = 0;
  return {};
}

// Messages that are only kept for replay give way first, and are no loss.
base::Result<bool> Buffer::make_room(Txn& txn, State& state, std::size_t size) const {
  if (state.bytes + size <= state.limits.max_size.count) return true;
  std::map<std::string, ConsumerState> consumers = TRY(load_consumers(txn));
  const std::uint64_t acknowledged = common_floor(consumers);
  const bool by_force = state.limits.when_full == WhenFull::drop_oldest;
  while (state.bytes + size > state.limits.max_size.count) {
    Cursor cursor = TRY(Cursor::open(txn, Table::log));
    const std::optional<Entry> oldest = TRY(cursor.first());
    if (!oldest) return true;
    const Range range = TRY(range_of(cursor, *oldest, state));
    const bool replay_only = range.last <= acknowledged;
    if (!replay_only && !by_force) return false;
    TRY(delete_chunk(txn, state, range, oldest->value));
    if (replay_only) continue;
    if (state.unreported_loss == 0) state.loss_since = state.last_accepted;
    const std::uint64_t lost = TRY(forget_everywhere(txn, consumers, range));
    state.unreported_loss += lost;
    state.dropped_oldest += lost;
  }
  return true;
}

}  // namespace logbuf
