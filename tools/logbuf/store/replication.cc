// What a buffer does as a master with replicas, and as a replica.
#include <algorithm>
#include <limits>

#include "tools/logbuf/store/buffer.h"
#include "tools/logbuf/store/records.h"
#include "tools/logbuf/store/xxh3.h"

namespace logbuf {
namespace {

constexpr std::string_view kMastershipKey = "mastership";
constexpr std::string_view kReplicasKey = "replicas";

base::Result<std::vector<ReplicaNote>> load_replica_notes(const Txn& txn, const std::string& path) {
  const std::optional<std::string_view> record = TRY(txn.get(Table::meta, kReplicasKey));
  auto notes = decode_replica_notes(record.value_or(""));
  if (!notes) return base::fail(base::Kind::data, "read buffer " + path, "its record of replicas is damaged");
  return std::move(*notes);
}

std::size_t payload_of(std::span<const std::uint32_t> lengths) {
  std::size_t bytes = 0;
  for (const std::uint32_t length : lengths) bytes += std::size_t{length} + 1;
  return bytes;
}

// As many messages as one chunk takes.
std::size_t count_that_fits(std::span<const std::uint32_t> lengths, std::size_t limit) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const std::uint32_t length : lengths) {
    bytes += std::size_t{length} + 1;
    if (count > 0 && bytes > limit) break;
    ++count;
  }
  return count;
}

}  // namespace

base::Result<Mastership> Buffer::load_mastership(const Txn& txn) const {
  const std::optional<std::string_view> record = TRY(txn.get(Table::meta, kMastershipKey));
  if (!record) return Mastership{};
  const std::optional<Mastership> mastership = Mastership::decode(*record);
  if (!mastership) return base::fail(base::Kind::data, "read buffer " + path_, "its mastership record is damaged");
  return *mastership;
}

base::Result<void> Buffer::check_accepts(const Txn& txn) const {
  const Mastership mastership = TRY(load_mastership(txn));
  if (mastership.accepts) return {};
  return base::fail(base::Kind::unavailable, "write buffer " + path_,
                    mastership.reason + "; write to the master, or make this one the master (see 'logbuf serve')");
}

base::Result<Mastership> Buffer::mastership() {
  const Txn txn = TRY(Txn::begin(env_, Access::read_only));
  return load_mastership(txn);
}

base::Result<void> Buffer::change_mastership(const ChangeMastership& change) {
  Txn txn = TRY(Txn::begin(env_, Access::read_write));
  const Mastership before = TRY(load_mastership(txn));
  Mastership after = before;
  TRY(change(after, TRY(load(txn))));
  if (after == before) return {};
  TRY(txn.put(Table::meta, kMastershipKey, after.encode()));
  return txn.commit();
}

base::Result<std::vector<ReplicaNote>> Buffer::replica_notes() {
  const Txn txn = TRY(Txn::begin(env_, Access::read_only));
  return load_replica_notes(txn, path_);
}

base::Result<void> Buffer::note_replicas(const std::vector<ReplicaNote>& news) {
  Txn txn = TRY(Txn::begin(env_, Access::read_write));
  std::vector<ReplicaNote> notes = TRY(load_replica_notes(txn, path_));
  for (const ReplicaNote& note : news) take_note(notes, note);
  TRY(txn.put(Table::meta, kReplicasKey, encode_replica_notes(notes)));
  return txn.commit();
}

base::Result<std::optional<std::uint64_t>> Buffer::fingerprint(std::uint64_t id) {
  stream::Batch batch;
  std::vector<Run> runs;
  const auto passed = read(
      {id, id}, false, std::numeric_limits<std::size_t>::max(), batch, [](const Damage&) { return true; }, &runs);
  if (!passed) return tl::unexpected(passed.error());
  if (batch.empty()) return std::optional<std::uint64_t>();
  const auto accepted = static_cast<XXH64_hash_t>(runs.front().accepted.time_since_epoch().count());
  return std::optional<std::uint64_t>(XXH3_64bits_withSeed(batch.block().data(), batch.block().size(), accepted));
}

base::Result<void> Buffer::check_follows(const Txn& txn, const Mastership& followed) const {
  const Mastership now = TRY(load_mastership(txn));
  if (now.accepts)
    return base::fail(base::Kind::unavailable, "write buffer " + path_,
                      "it is a master and takes no copies; REFUSE makes it a replica (see 'logbuf serve')");
  if (now.epoch == followed.epoch && now.log == followed.log) return {};
  return base::fail(base::Kind::temporary, "write buffer " + path_,
                    "it is in epoch " + std::to_string(now.epoch) + " now and takes no copies of epoch " +
                        std::to_string(followed.epoch) + "; run again");
}

base::Result<Appended> Buffer::append_copies(const stream::Batch& batch, std::span<const Run> runs,
                                             const Mastership& followed) {
  Txn txn = TRY(Txn::begin(env_, Access::read_write));
  TRY(check_follows(txn, followed));
  State state = TRY(load(txn));
  const std::size_t limit = std::min<std::size_t>(kMaxChunkPayload, state.limits.max_size.count / 8);
  codec::ZstdCompressor compressor;
  Appended result;
  std::size_t offset = 0;
  for (Run run : runs)
    while (run.count > 0 && !result.full) {
      const auto lengths = batch.lengths().subspan(result.taken, run.count);
      const bool known = run.first_id < state.next_id;
      const std::size_t count =
          known ? std::min<std::uint64_t>(state.next_id - run.first_id, run.count) : count_that_fits(lengths, limit);
      Body body{lengths.first(count), batch.block().substr(offset, payload_of(lengths.first(count))),
                batch.has_inner_lf()};
      if (!known && state.limits.compression == Compression::zstd) compress(body, compressor);
      if (known) {
        result.duplicates += count;
      } else if (!TRY(append_copy(txn, state, run, body))) {
        result.full = true;
        break;
      }
      result.taken += count;
      offset += body.payload.size();
      run.first_id += count;
      run.count -= static_cast<std::uint32_t>(count);
    }
  result.last_id = state.head();
  if (result.taken == result.duplicates) return result;
  TRY(store(txn, state));
  TRY(txn.keep_room());
  TRY(txn.commit());
  return result;
}

// The first messages of a run as one chunk. False: there is no room.
base::Result<bool> Buffer::append_copy(Txn& txn, State& state, const Run& run, const Body& body) const {
  if (!TRY(make_room(txn, state, body.chunk_size()))) return false;
  TRY(stamp_copy(txn, state, run.first_id, run.accepted));
  state.next_id = run.first_id;
  TRY(append_chunk(txn, state, body));
  return true;
}

}  // namespace logbuf
