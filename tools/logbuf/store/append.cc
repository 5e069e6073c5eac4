// Writing to the log: chunks, duplicates, and what happens when the buffer is full.
#include <algorithm>

#include "base/units.h"
#include "tools/logbuf/loss_message.h"
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

// The first message from index `first` on that was not taken from this origin before.
base::Result<std::size_t> first_unknown(const Txn& txn, const stream::Batch& batch, std::size_t first,
                                        const std::string& origin) {
  const std::optional<std::string_view> record = TRY(txn.get(Table::origins, origin));
  const std::optional<OriginState> known = record ? decode_origin(*record) : std::nullopt;
  while (known && first < batch.count() && TRY(decimal_id(batch, first)) <= known->last) ++first;
  return first;
}

// Where in the batch's block a message begins.
std::size_t offset_of(const stream::Batch& batch, std::size_t index) {
  std::size_t offset = 0;
  for (const std::uint32_t length : batch.lengths().first(index)) offset += std::size_t{length} + 1;
  return offset;
}

// The newest message that was taken from an origin.
base::Result<void> note_origin(Txn& txn, const std::string& origin, const stream::Batch& batch, std::size_t index,
                               base::WallTime now) {
  const std::uint64_t id = TRY(decimal_id(batch, index));
  const std::string_view message = batch.block().substr(offset_of(batch, index), batch.lengths()[index]);
  return txn.put(Table::origins, origin, encode_origin({id, now, message_fingerprint(id, message)}));
}

}  // namespace

base::Result<Appended> Buffer::append(const stream::Batch& batch, std::size_t first, const std::string& origin,
                                      bool report_loss_message) {
  Txn txn = TRY(Txn::begin(env_, Access::read_write));
  TRY(check_accepts(txn));
  State state = TRY(load(txn));
  const std::size_t unknown = origin.empty() ? first : TRY(first_unknown(txn, batch, first, origin));
  Appended result;
  result.taken = result.duplicates = unknown - first;
  result.last_id = state.head();
  if (unknown == batch.count()) return result;
  const base::WallTime now = base::wall_now();
  result.clock_back = TRY(stamp(txn, state, now));
  if (report_loss_message && state.unreported_loss > 0) TRY(report_loss(txn, state));
  const std::uint64_t dropped_oldest = state.dropped_oldest;
  TRY(append_unknown(txn, state, batch, first, result));
  result.deleted = state.dropped_oldest - dropped_oldest;
  result.last_id = state.head();
  if (result.taken == 0) return result;  // nothing changed, and the transaction ends here
  if (!origin.empty()) TRY(note_origin(txn, origin, batch, first + result.taken - 1, now));
  TRY(store(txn, state));
  TRY(txn.keep_room());
  TRY(txn.commit());
  return result;
}

// Stores or drops the messages from index `first` on that are not taken yet, as far as the buffer has room.
base::Result<void> Buffer::append_unknown(Txn& txn, State& state, const stream::Batch& batch, std::size_t first,
                                          Appended& result) const {
  const std::size_t limit = std::min<std::size_t>(kMaxChunkPayload, state.limits.max_size.count / 8);
  codec::ZstdCompressor compressor;
  std::size_t offset = offset_of(batch, first + result.taken);
  for (std::size_t at = first + result.taken; at < batch.count(); at = first + result.taken) {
    const Piece piece = next_piece(batch, at, limit);
    const std::size_t size = chunk_size(piece.count, piece.payload);
    if (size > state.limits.max_size.count && result.taken > 0) break;  // what stands before it is stored first
    if (size > state.limits.max_size.count)
      return base::fail(base::Kind::data, "write buffer " + path_,
                        "a message of " + std::to_string(piece.payload) + " bytes is larger than --max-size");
    Body body{batch.lengths().subspan(at, piece.count), batch.block().substr(offset, piece.payload),
              batch.has_inner_lf()};
    if (state.limits.compression == Compression::zstd) compress(body, compressor);
    const bool fits = TRY(make_room(txn, state, body.chunk_size()));
    result.full = !fits && state.limits.when_full != WhenFull::drop_newest;
    if (result.full) break;
    if (fits) {
      TRY(append_chunk(txn, state, body));
    } else {
      if (state.unreported_loss == 0) state.loss_since = state.last_accepted;
      state.unreported_loss += piece.count;
      state.dropped_newest += piece.count;
      result.dropped += piece.count;
    }
    result.taken += piece.count;
    offset += piece.payload;
  }
  return {};
}

base::Result<void> Buffer::append_chunk(Txn& txn, State& state, const Body& body) const {
  if (!body.compressed.empty()) TRY(raise_format(state));
  char* const out = TRY(txn.append(state.next_id, body.chunk_size()));
  encode_chunk(out, state.next_id, state.last_accepted, body);
  state.next_id += body.lengths.size();
  state.messages += body.lengths.size();
  state.bytes += body.chunk_size();
  state.plain_bytes += chunk_size(body.lengths.size(), body.payload.size());
  ++state.chunks;
  return {};
}

base::Result<void> Buffer::report_loss(Txn& txn, State& state) const {
  stream::Batch report;
  report.append(
      loss_message(state.unreported_loss, state.loss_since, state.last_accepted, "because the buffer was full"));
  const Body body{report.lengths(), report.block()};
  if (state.bytes + body.chunk_size() > state.limits.max_size.count) return {};  // later, when there is room
  TRY(append_chunk(txn, state, body));
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
    const std::uint64_t lost = TRY(lose_everywhere(txn, consumers, range));
    state.unreported_loss += lost;
    state.dropped_oldest += lost;
  }
  return true;
}

}  // namespace logbuf
