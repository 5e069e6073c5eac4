// A buffer: one ordered log with consumers, in a directory (docs/format-buffer.md). Ids are 1, 2, 3, ... without gaps,
// for ever.
//
// Any number of processes may use one buffer at once; each call is one LMDB transaction. What a call that writes
// reports as done is fsynced (Sync::disk). Not thread-safe. Followers are told of news through inotify(7):
// see Changes.
//
// The bodies are in buffer.cc (opening, making, compacting), append.cc, read.cc, times.cc, consumers.cc, origins.cc,
// replication.cc and upkeep.cc (trim, verify, quarantine, salvage).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "stream/batch.h"
#include "tools/logbuf/store/chunk.h"
#include "tools/logbuf/store/consumer.h"
#include "tools/logbuf/store/lease.h"
#include "tools/logbuf/store/lmdb.h"
#include "tools/logbuf/store/mastership.h"
#include "tools/logbuf/store/replica_note.h"
#include "tools/logbuf/store/state.h"

namespace logbuf {

enum class ConsumerStart { oldest, newest };  // where a new consumer begins

struct OriginState {
  std::uint64_t last = 0;
  base::WallTime active;                          // when that was taken; 1970: not known
  std::optional<std::uint64_t> fingerprint = {};  // of that message; older programs did not store it
};

struct Appended {
  std::size_t taken = 0;         // messages of the batch that are settled: stored, known already, or dropped
  std::uint64_t duplicates = 0;  // of these, known already from this origin
  std::uint64_t dropped = 0;     // of these, dropped because the buffer is full
  std::uint64_t deleted = 0;     // older messages that gave way before every consumer had acknowledged them
  base::Duration clock_back{0};  // how far the clock was set back since the message before; 0: it was not
  bool full = false;             // the rest does not fit now (WhenFull::block)
  std::uint64_t last_id = 0;     // of the newest message in the log after that
};

// Who claims messages, and for what.
struct Claimant {
  std::string consumer;
  std::uint64_t owner = 0;
  std::uint64_t generation = 0;  // of the hop's origin; 0: none
};

// What was claimed: messages in the log or, where messages are missing and the consumer tells its losses, their ids.
struct Claimed {
  Range range;
  bool lost = false;
};

struct Damage {
  Range range;
  std::string reason;
};

// Messages that stand together: `count` of them from first_id on, accepted at the same time.
struct Run {
  std::uint64_t first_id;
  std::uint32_t count;
  base::WallTime accepted;
};

class Buffer {
 public:
  struct Options {
    Access access = Access::read_write;
    Sync sync = Sync::disk;
    // Damage that ends the process leaves a file "damaged" in the buffer, which does not open like this as long as that
    // is there (Kind::data). For who has many buffers, and must not end again and again because of one.
    bool mark_damage = false;
  };

  // Kind::no_input: there is none. Kind::data: it is none, of a newer format, or damaged.
  static base::Result<std::unique_ptr<Buffer>> open(const std::string& path, Options options);
  // The same, or makes a new one (mode 0700) where nothing or an empty directory is.
  // Whoever may use the empty directory, or the buffer at `model` where that is given, may use the new one.
  static base::Result<std::unique_ptr<Buffer>> open_or_create(const std::string& path, Options options,
                                                              const std::string& model = {});

  [[nodiscard]] const std::string& path() const { return path_; }

  // ---- the log
  [[nodiscard]] base::Result<State> state();
  base::Result<void> set_limits(const std::function<void(Limits&)>& change);

  // Appends the batch's messages from index `first` on. With an origin, the batch's ids decide what is known already.
  // Kind::unavailable where the buffer is a replica.
  base::Result<Appended> append(const stream::Batch& batch, std::size_t first, const std::string& origin,
                                bool report_loss);
  [[nodiscard]] base::Result<std::optional<OriginState>> origin(const std::string& name);
  [[nodiscard]] base::Result<std::map<std::string, OriginState>> origins();
  base::Result<void> forget_origins(base::WallTime unused_since);

  // Appends the messages of `range` to `batch`, about `limit` bytes, whole chunks' worth at a time; with ids where
  // asked. Returns what was passed over (read or found missing): the range up to where the next call goes on. Damaged
  // chunks are told to `on_damage` and skipped, or, where it returns false, end the call with Kind::data. Where `runs`
  // is given, what was appended is described there as well.
  using OnDamage = std::function<bool(const Damage&)>;
  [[nodiscard]] base::Result<Range> read(Range range, bool ids, std::size_t limit, stream::Batch& batch,
                                         const OnDamage& on_damage, std::vector<Run>* runs = nullptr);
  // The id of the first message accepted at or after `time`; one past the newest when there is none. Messages of a
  // time that is still to come were accepted when the clock was wrong, and count as what is before them.
  [[nodiscard]] base::Result<std::uint64_t> id_at(base::WallTime time);
  [[nodiscard]] base::Result<std::uint64_t> oldest_id();  // next_id when the log is empty
  [[nodiscard]] base::Result<std::optional<Range>> oldest_chunk();
  [[nodiscard]] base::Result<std::optional<base::WallTime>> oldest_time();

  // ---- consumers
  [[nodiscard]] base::Result<std::map<std::string, ConsumerState>> consumers();
  [[nodiscard]] base::Result<std::optional<ConsumerState>> consumer(const std::string& name);
  base::Result<ConsumerState> add_consumer(const std::string& name, ConsumerStart start);
  base::Result<bool> remove_consumer(const std::string& name);

  // A number for this process's claims, leased until the process ends where `leased` is set.
  base::Result<std::uint64_t> new_owner(bool leased);
  [[nodiscard]] bool is_live(std::uint64_t owner) const;
  // It had a lease, which is gone.
  [[nodiscard]] bool is_dead(std::uint64_t owner) const { return is_leased(owner) && !is_live(owner); }
  [[nodiscard]] static bool is_leased(std::uint64_t owner);
  // The right to send this consumer's messages under its origin. False: another process has it.
  base::Result<bool> take_origin_lease(std::uint64_t consumer_number);

  // Acknowledges `done`, then moves messages up to id `until` from the head of R to B: about max_bytes, at most
  // max_messages. Returns the ranges claimed, in order; none: R is empty. A loss counts as one message. One commit;
  // none at all when nothing changes.
  base::Result<std::vector<Claimed>> claim(const Claimant& claimant, const std::vector<Range>& done,
                                           std::uint64_t until, std::size_t max_bytes, std::uint64_t max_messages);
  // A receiver has `theirs` under the origin of the claimant's generation. Where that is no message of this log, and it
  // would keep out some that are to be sent, a new generation begins: its number. Nothing: all is well.
  base::Result<std::optional<std::uint64_t>> renew_generation(const Claimant& claimant, const OriginState& theirs);
  // Any change of a consumer, in one commit; then what nobody needs any more is deleted. `change` returns whether it
  // changed anything.
  using Change = std::function<base::Result<bool>(ConsumerState& consumer, const State& state)>;
  base::Result<void> update(const std::string& consumer, const Change& change);

  // ---- replication
  [[nodiscard]] base::Result<Mastership> mastership();
  // In one commit, or none where `change` changes nothing or fails.
  using ChangeMastership = std::function<base::Result<void>(Mastership& mastership, const State& state)>;
  base::Result<void> change_mastership(const ChangeMastership& change);
  // What is known of this buffer's own replicas, and new knowledge of them.
  [[nodiscard]] base::Result<std::vector<ReplicaNote>> replica_notes();
  base::Result<void> note_replicas(const std::vector<ReplicaNote>& news);
  // Of a message and the time it was accepted: equal in two buffers where they hold the same. Nothing: it is not there.
  [[nodiscard]] base::Result<std::optional<std::uint64_t>> fingerprint(std::uint64_t id);
  // Appends copies of a master's messages with their ids and times; `runs` describe all of the batch, in order. What is
  // there already counts as a duplicate. An error where this buffer is a master itself (Kind::unavailable), or is no
  // longer in the epoch and the log that were `followed` (Kind::temporary).
  base::Result<Appended> append_copies(const stream::Batch& batch, std::span<const Run> runs,
                                       const Mastership& followed);

  // ---- upkeep
  // Moves a damaged chunk out of the log; its messages count as acknowledged everywhere.
  base::Result<void> quarantine(Range range);
  // Deletes whole chunks up to id `until`; without `force` only what every consumer has acknowledged. Returns messages
  // deleted.
  base::Result<std::uint64_t> trim(std::uint64_t until, bool force);
  // Walks everything. Calls back for each damaged chunk and each inconsistency; returns messages found good.
  using OnProblem = std::function<void(const std::string& problem)>;
  [[nodiscard]] base::Result<std::uint64_t> verify(const OnProblem& on_problem);
  // Takes over what another buffer knew beside its messages: limits, consumers (what was claimed is ready again),
  // origins, and which ids it has given. After restore().
  struct Memory {
    State state;
    std::map<std::string, ConsumerState> consumers;
    std::map<std::string, OriginState> origins;
  };
  base::Result<void> remember(Memory memory);
  // Appends chunks as they are, with their ids and times, which must go up and be above all there are: for salvage.
  base::Result<void> restore(std::span<const Chunk> chunks);
  // Rewrites the data file without free pages. Kind::temporary when another process has the buffer open.
  static base::Result<void> compact(const std::string& path);
  [[nodiscard]] base::Bytes file_size() const { return env_.file_size(); }

 private:
  explicit Buffer(Env env) : env_(std::move(env)) {}

  static base::Result<void> create(const std::string& path, const std::string& model);
  base::Result<State> load(const Txn& txn) const;
  base::Result<Mastership> load_mastership(const Txn& txn) const;
  base::Result<void> check_accepts(const Txn& txn) const;
  base::Result<void> check_follows(const Txn& txn, const Mastership& followed) const;
  base::Result<void> store(Txn& txn, const State& state) const;
  static base::Result<void> store_compression(Txn& txn, Compression compression);
  base::Result<ConsumerState> load_consumer(const Txn& txn, const std::string& name) const;
  base::Result<std::map<std::string, ConsumerState>> load_consumers(const Txn& txn) const;

  // When what is appended now is accepted, into state.last_accepted. Returns how far the clock was set back.
  base::Result<base::Duration> stamp(Txn& txn, State& state, base::WallTime now) const;
  base::Result<void> stamp_copy(Txn& txn, State& state, std::uint64_t id, base::WallTime accepted) const;
  base::Result<bool> append_copy(Txn& txn, State& state, const Run& run, const Body& body) const;
  base::Result<void> append_unknown(Txn& txn, State& state, const stream::Batch& batch, std::size_t first,
                                    Appended& result) const;
  // One chunk with the ids from state.next_id on, accepted at state.last_accepted.
  base::Result<void> append_chunk(Txn& txn, State& state, const Body& body) const;
  // Before the first compressed chunk: programs that do not know them no longer open the buffer from now on.
  base::Result<void> raise_format(State& state) const;
  base::Result<bool> make_room(Txn& txn, State& state, std::size_t size) const;
  base::Result<void> report_loss(Txn& txn, State& state) const;
  base::Result<bool> is_taken_from_here(const ConsumerState& consumer, const OriginState& theirs);
  base::Result<std::vector<Claimed>> take(const Txn& txn, ConsumerState& consumer, const Claimant& claimant,
                                          const State& state, std::uint64_t until, std::size_t max_bytes,
                                          std::uint64_t max_messages) const;
  // Deletes chunks that every consumer has acknowledged and retention does not keep; at most a bounded number, false:
  // there are more.
  base::Result<bool> expire(Txn& txn, State& state, const std::map<std::string, ConsumerState>& consumers) const;
  base::Result<void> expire_all();
  // Of the oldest messages in the log. Returns how many the consumer that misses most of them had not acknowledged.
  base::Result<std::uint64_t> lose_everywhere(Txn& txn, std::map<std::string, ConsumerState>& consumers,
                                              Range range) const;

  std::string path_;
  base::Fd lock_;  // shared lock of VERSION: 'compact' needs it alone
  Options options_;
  Env env_;
  std::optional<Leases> leases_;
  Expander expander_;
};

}  // namespace logbuf
