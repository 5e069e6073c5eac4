// LMDB as three owners (environment, transaction, cursor) whose calls return Results. The only place that knows LMDB.
// The bodies are in lmdb_env.cc and lmdb_txn.cc.
//
// An Env belongs to one thread. Values returned are views into the map, valid until their transaction ends or is
// written to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "tools/logbuf/store/files_in_use.h"
#include "tools/logbuf/store/lease.h"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;

namespace logbuf {

// The databases of a buffer. `log` and `quarantine` have 64-bit native integers as keys, the others byte strings.
enum class Table : unsigned { log, consumers, meta, origins, quarantine };
inline constexpr unsigned kTables = 5;

enum class Access { read_only, read_write };
enum class Sync { disk, os };  // os: survives a process's death, not a power failure

class Env {
 public:
  struct Options {
    Access access = Access::read_write;
    Sync sync = Sync::disk;
    bool mark_damage = false;  // see fault.h
  };

  // `directory` must hold a data file, or be meant to hold a new one (`create`).
  static base::Result<Env> open(const std::string& directory, Options options, bool create);

  // Makes room for a data file of this size; never shrinks.
  base::Result<void> reserve(base::Bytes size);

  // A compacted copy of everything, fsynced, as `path`.
  base::Result<void> copy_compact(const std::string& directory) const;

  // Blocks of the file system for a data file of `size`. False: there are none.
  bool claim_space(std::uint64_t size);

  [[nodiscard]] base::Bytes file_size() const;  // of the data file
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  friend class Txn;
  friend class Cursor;
  struct Closer {
    void operator()(MDB_env* env) const noexcept;
  };
  base::Result<void> open_files(Options options, bool create);
  [[nodiscard]] base::Result<void> check_size() const;
  base::Result<void> open_tables(bool create);

  std::optional<Leases> turns_;  // none where reading is all that is allowed
  FilesInUse files_;
  std::unique_ptr<MDB_env, Closer> env_;
  std::string directory_;
  bool mark_damage_ = false;
  std::unique_ptr<unsigned[]> tables_;
  std::uint64_t claimed_ = 0;  // bytes of the data file whose blocks are surely there
};

class Txn {
 public:
  // A read_write transaction waits for the other writer. Do not hold either across anything that blocks.
  static base::Result<Txn> begin(Env& env, Access access);

  base::Result<void> commit();

  // To be called before the commit of what adds messages: leaves so much room behind, in the file or after its end,
  // that acknowledging and deleting can go on when the disk is full. Kind::io: there is not so much.
  base::Result<void> keep_room();

  [[nodiscard]] base::Result<std::optional<std::string_view>> get(Table table, std::string_view key) const;
  base::Result<void> put(Table table, std::string_view key, std::string_view value);
  base::Result<void> erase(Table table, std::string_view key);

  // Appends to the log: `id` is above every key there is. Returns `size` bytes to be filled in before the next call.
  base::Result<char*> append(std::uint64_t id, std::size_t size);
  base::Result<void> erase(std::uint64_t id);

  [[nodiscard]] std::string_view key_of(const std::uint64_t& id) const;

 private:
  friend class Cursor;
  friend class Env;
  struct Aborter {
    void operator()(MDB_txn* txn) const noexcept;
  };
  // Gives the turn back, after the transaction has ended.
  struct TurnEnder {
    void operator()(Leases* turns) const noexcept { turns->give_back(kWriterTurn); }
  };
  using Turn = std::unique_ptr<Leases, TurnEnder>;
  Txn(Env& env, MDB_txn* txn, Turn turn) : env_(&env), turn_(std::move(turn)), txn_(txn) {}
  [[nodiscard]] base::Result<std::uint64_t> free_pages() const;
  Env* env_;
  Turn turn_;
  std::uint64_t end_ = 0;       // the page after the last that a large value was written to
  std::uint64_t appended_ = 0;  // bytes
  std::unique_ptr<MDB_txn, Aborter> txn_;
};

struct Entry {
  std::string_view key;
  std::string_view value;
  [[nodiscard]] std::uint64_t id() const;  // of a log entry's key
};

// Walks one table in key order. Must not outlive its transaction.
class Cursor {
 public:
  static base::Result<Cursor> open(const Txn& txn, Table table);

  using Found = base::Result<std::optional<Entry>>;
  Found first();
  Found next();
  Found at_or_after(std::uint64_t id);   // log only
  Found at_or_before(std::uint64_t id);  // log only: the chunk that holds id, if any does

 private:
  struct Closer {
    void operator()(MDB_cursor* cursor) const noexcept;
  };
  Found get(int operation);
  std::unique_ptr<MDB_cursor, Closer> cursor_;
  const std::string* directory_ = nullptr;
  std::uint64_t sought_ = 0;
};

}  // namespace logbuf
