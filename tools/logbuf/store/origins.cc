// What a buffer has taken from origins, and what others have taken from it (docs/decisions/0003 and 0017).
#include <algorithm>
#include <limits>

#include "tools/logbuf/store/buffer.h"
#include "tools/logbuf/store/records.h"
#include "tools/logbuf/store/xxh3.h"

namespace logbuf {

std::uint64_t message_fingerprint(std::uint64_t id, std::string_view message) {
  return XXH3_64bits_withSeed(message.data(), message.size(), id);
}

base::Result<std::optional<OriginState>> Buffer::origin(const std::string& name) {
  const Txn txn = TRY(Txn::begin(env_, Access::read_only));
  const std::optional<std::string_view> record = TRY(txn.get(Table::origins, name));
  if (!record) return std::optional<OriginState>();
  std::optional<OriginState> known = decode_origin(*record);
  if (!known) return base::fail(base::Kind::data, "read buffer " + path_, "the record of an origin is damaged");
  return known;
}

base::Result<std::map<std::string, OriginState>> Buffer::origins() {
  const Txn txn = TRY(Txn::begin(env_, Access::read_only));
  Cursor cursor = TRY(Cursor::open(txn, Table::origins));
  std::map<std::string, OriginState> result;
  for (std::optional<Entry> entry = TRY(cursor.first()); entry; entry = TRY(cursor.next())) {
    const std::optional<OriginState> origin = decode_origin(entry->value);
    if (!origin) return base::fail(base::Kind::data, "read buffer " + path_, "the record of an origin is damaged");
    result.emplace(entry->key, *origin);
  }
  return result;
}

base::Result<void> Buffer::forget_origins(base::WallTime unused_since) {
  const std::map<std::string, OriginState> known = TRY(origins());
  if (std::none_of(known.begin(), known.end(), [&](const auto& each) { return each.second.active < unused_since; }))
    return {};
  Txn txn = TRY(Txn::begin(env_, Access::read_write));
  for (const auto& [name, origin] : known)
    if (origin.active < unused_since) TRY(txn.erase(Table::origins, name));
  return txn.commit();
}

// The same message under the same id, and accepted before it was taken: lines that are equal are common, and one that
// was given the id anew is younger. In doubt it is another, for a duplicate is better than a loss.
base::Result<bool> Buffer::is_taken_from_here(const ConsumerState& consumer, const OriginState& theirs) {
  if (theirs.last <= consumer.floor()) return true;  // what it would keep out is not sent any more
  if (theirs.last > TRY(state()).head()) return false;
  if (theirs.active == base::WallTime()) return true;
  stream::Batch batch;
  std::vector<Run> runs;
  TRY(read(
      {theirs.last, theirs.last}, false, std::numeric_limits<std::size_t>::max(), batch,
      [](const Damage&) { return true; }, &runs));
  // A loss was told under this id: all that it would keep out is gone.
  if (batch.empty() && consumer.tells_loss && theirs.last < TRY(oldest_id())) return true;
  if (batch.empty() || runs.front().accepted > theirs.active) return false;
  const std::string_view message = batch.block().substr(0, batch.lengths().front());
  return !theirs.fingerprint || message_fingerprint(theirs.last, message) == *theirs.fingerprint;
}

base::Result<std::optional<std::uint64_t>> Buffer::renew_generation(const Claimant& claimant,
                                                                    const OriginState& theirs) {
  const std::optional<ConsumerState> found = TRY(consumer(claimant.consumer));
  if (!found || found->generation() != claimant.generation) return std::optional<std::uint64_t>();  // it ends anyway
  if (TRY(is_taken_from_here(*found, theirs))) return std::optional<std::uint64_t>();
  std::uint64_t generation = 0;
  TRY(update(claimant.consumer, [&](ConsumerState& consumer, const State&) -> base::Result<bool> {
    consumer.renew(claimant.owner);
    generation = consumer.generation();
    return true;
  }));
  return std::optional(generation);
}

}  // namespace logbuf
