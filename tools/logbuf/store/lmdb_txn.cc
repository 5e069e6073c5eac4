// Transactions and cursors.
#include <lmdb.h>

#include <algorithm>
#include <cstring>

#include "tools/logbuf/store/fault.h"
#include "tools/logbuf/store/lmdb.h"
#include "tools/logbuf/store/lmdb_error.h"

namespace logbuf {
namespace {

MDB_val value_of(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
std::string_view view_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

constexpr std::size_t kPageHeader = 16;

// A large value has pages of its own, a small one stands within a leaf. (This is LMDB's me_nodemax.)
bool is_large(std::size_t size, std::size_t page_size) {
  constexpr std::size_t kNode = 8 + sizeof(std::uint64_t);  // its header and the key
  const std::size_t largest_node = ((page_size - kPageHeader) / 2 & ~std::size_t{1}) - 2;
  return kNode + size > largest_node;
}

// A large value begins behind the header of its first page, which says how many pages it has. LMDB frees as many as it
// says, also where they are others' pages: a damaged header must not get so far.
bool has_sound_page(std::string_view value, std::size_t page_size) {
  if (!is_large(value.size(), page_size)) return true;
  std::uint32_t pages = 0;
  std::memcpy(&pages, value.data() - sizeof pages, sizeof pages);
  return pages == (kPageHeader + value.size() - 1) / page_size + 1;
}

// The page after the last one of a large value, as its header says.
std::uint64_t end_of_pages(const void* value) {
  std::uint64_t first = 0;
  std::uint32_t pages = 0;
  std::memcpy(&first, static_cast<const char*>(value) - kPageHeader, sizeof first);
  std::memcpy(&pages, static_cast<const char*>(value) - sizeof pages, sizeof pages);
  return first + pages;
}

}  // namespace

void Txn::Aborter::operator()(MDB_txn* txn) const noexcept {
  mdb_txn_abort(txn);
}
void Cursor::Closer::operator()(MDB_cursor* cursor) const noexcept {
  mdb_cursor_close(cursor);
}

// LMDB's locks are robust futexes: they survive their owner's death, but when a process is killed that was about to
// wake, or was just woken, and another takes the lock meanwhile, those that wait are not woken any more. So nobody
// waits for them: all wait for their turn at a file lock, which the kernel passes on whoever dies. It is lost after
// the futex.
//
// The lock file is looked at when it is our turn: a new one is made in somebody's turn only, so that it cannot
// come between this and our commit.
base::Result<Txn> Txn::begin(Env& env, Access access) {
  Turn turn;
  if (access == Access::read_write && env.turns_) {
    TRY(env.turns_->wait_for(kWriterTurn));
    turn.reset(&*env.turns_);
  }
  blame(env.directory_, env.mark_damage_);
  TRY(env.files_.check(env.directory_));
  if (env.turns_) TRY(env.turns_->wait_for(kBeginTurn));
  MDB_txn* txn = nullptr;
  const unsigned flags = access == Access::read_only ? MDB_RDONLY : 0;
  int rc = mdb_txn_begin(env.env_.get(), nullptr, flags, &txn);
  if (rc == MDB_MAP_RESIZED) {  // another process enlarged the map: adopt its size
    rc = mdb_env_set_mapsize(env.env_.get(), 0);
    if (rc == 0) rc = mdb_txn_begin(env.env_.get(), nullptr, flags, &txn);
  }
  if (env.turns_) env.turns_->give_back(kBeginTurn);
  if (rc != 0) return failed(rc, access == Access::read_only ? "read" : "write", env.directory_);
  return Txn(env, txn, std::move(turn));
}

base::Result<void> Txn::commit() {
  const int rc = mdb_txn_commit(txn_.release());
  turn_.reset();
  if (rc != 0) return failed(rc, "write", env_->directory_);
  if (env_->turns_) env_->turns_->announce();
  return {};
}

// Free pages within the file do as well as space after its end, as long as these messages leave enough of them.
base::Result<void> Txn::keep_room() {
  constexpr std::uint64_t kRoom = 64;    // pages; deleting 8 MiB of messages takes about half of them
  constexpr std::uint64_t kCommit = 16;  // pages that a commit rewrites beside what it adds
  MDB_envinfo info{};
  MDB_stat page{};
  mdb_env_info(env_->env_.get(), &info);
  mdb_env_stat(env_->env_.get(), &page);
  const std::uint64_t end = info.me_last_pgno + 1;
  if (env_->claim_space((std::max(end, end_) + kCommit + kRoom) * page.ms_psize)) return {};
  if (end_ <= end && TRY(free_pages()) >= appended_ / page.ms_psize + kCommit + kRoom) return {};
  return base::fail(base::Kind::io, "write buffer " + env_->directory_,
                    "the disk is full; the little that is left is kept for acknowledgements");
}

// As of the last commit. LMDB lets only those who read look at its list: an array for each commit that freed some,
// which begins with their number.
base::Result<std::uint64_t> Txn::free_pages() const {
  MDB_txn* raw = nullptr;
  if (const int rc = mdb_txn_begin(env_->env_.get(), nullptr, MDB_RDONLY, &raw); rc != 0)
    return failed(rc, "read", env_->directory_);
  const std::unique_ptr<MDB_txn, Aborter> txn(raw);
  MDB_cursor* cursor = nullptr;
  if (const int rc = mdb_cursor_open(raw, 0, &cursor); rc != 0) return failed(rc, "read", env_->directory_);
  std::uint64_t pages = 0;
  MDB_val key{};
  MDB_val list{};
  while (mdb_cursor_get(cursor, &key, &list, MDB_NEXT) == 0) {
    std::size_t count = 0;
    if (list.mv_size >= sizeof count) std::memcpy(&count, list.mv_data, sizeof count);
    pages += count;
  }
  mdb_cursor_close(cursor);
  return pages;
}

base::Result<std::optional<std::string_view>> Txn::get(Table table, std::string_view key) const {
  MDB_val k = value_of(key);
  MDB_val v{};
  const int rc = mdb_get(txn_.get(), env_->tables_[static_cast<unsigned>(table)], &k, &v);
  if (rc == MDB_NOTFOUND) return std::optional<std::string_view>();
  if (rc != 0) return failed(rc, "read", env_->directory_);
  return std::optional(view_of(v));
}

base::Result<void> Txn::put(Table table, std::string_view key, std::string_view value) {
  MDB_val k = value_of(key);
  MDB_val v = value_of(value);
  const int rc = mdb_put(txn_.get(), env_->tables_[static_cast<unsigned>(table)], &k, &v, 0);
  if (rc != 0) return failed(rc, "write", env_->directory_);
  return {};
}

base::Result<void> Txn::erase(Table table, std::string_view key) {
  MDB_val k = value_of(key);
  const int rc = mdb_del(txn_.get(), env_->tables_[static_cast<unsigned>(table)], &k, nullptr);
  if (rc != 0 && rc != MDB_NOTFOUND) return failed(rc, "write", env_->directory_);
  return {};
}

base::Result<char*> Txn::append(std::uint64_t id, std::size_t size) {
  MDB_val k = value_of(key_of(id));
  MDB_val v{size, nullptr};
  const int rc =
      mdb_put(txn_.get(), env_->tables_[static_cast<unsigned>(Table::log)], &k, &v, MDB_RESERVE | MDB_APPEND);
  if (rc == MDB_KEYEXIST)
    return base::fail(base::Kind::data, "write buffer " + env_->directory_,
                      "the log already goes beyond message " + std::to_string(id) + "; see 'logbuf salvage'");
  if (rc != 0) return failed(rc, "write", env_->directory_);
  MDB_stat page{};
  mdb_env_stat(env_->env_.get(), &page);
  if (is_large(size, page.ms_psize)) end_ = std::max(end_, end_of_pages(v.mv_data));
  appended_ += size;
  return static_cast<char*>(v.mv_data);
}

base::Result<void> Txn::erase(std::uint64_t id) {
  MDB_stat page{};
  mdb_env_stat(env_->env_.get(), &page);
  const std::optional<std::string_view> value = TRY(get(Table::log, key_of(id)));
  if (!value || !has_sound_page(*value, page.ms_psize)) return failed(MDB_CORRUPTED, "delete from", env_->directory_);
  return erase(Table::log, key_of(id));
}

std::string_view Txn::key_of(const std::uint64_t& id) const {
  return {reinterpret_cast<const char*>(&id), sizeof id};
}

std::uint64_t Entry::id() const {
  std::uint64_t id = 0;
  std::memcpy(&id, key.data(), sizeof id);
  return id;
}

base::Result<Cursor> Cursor::open(const Txn& txn, Table table) {
  MDB_cursor* raw = nullptr;
  const int rc = mdb_cursor_open(txn.txn_.get(), txn.env_->tables_[static_cast<unsigned>(table)], &raw);
  if (rc != 0) return failed(rc, "read", txn.env_->directory_);
  Cursor cursor;
  cursor.cursor_.reset(raw);
  cursor.directory_ = &txn.env_->directory_;
  return cursor;
}

Cursor::Found Cursor::get(int operation) {
  MDB_val k{sizeof sought_, &sought_};
  MDB_val v{};
  const int rc = mdb_cursor_get(cursor_.get(), &k, &v, static_cast<MDB_cursor_op>(operation));
  if (rc == MDB_NOTFOUND) return std::optional<Entry>();
  if (rc != 0) return failed(rc, "read", *directory_);
  return std::optional(Entry{view_of(k), view_of(v)});
}

Cursor::Found Cursor::first() {
  return get(MDB_FIRST);
}
Cursor::Found Cursor::next() {
  return get(MDB_NEXT);
}

Cursor::Found Cursor::at_or_after(std::uint64_t id) {
  sought_ = id;
  return get(MDB_SET_RANGE);
}

Cursor::Found Cursor::at_or_before(std::uint64_t id) {
  const std::optional<Entry> found = TRY(at_or_after(id));
  if (!found) return get(MDB_LAST);
  if (found->id() == id) return found;
  return get(MDB_PREV);
}

}  // namespace logbuf
