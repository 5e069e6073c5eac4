#include "tools/logbuf/store/lmdb.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "tools/logbuf/store/fault.h"
#include "tools/logbuf/store/files.h"

namespace logbuf {
namespace {

constexpr unsigned kMaxReaders = 510;
constexpr mode_t kFileMode = 0600;
constexpr off_t kLockFileSize = (kMaxReaders + 2) * 64;  // of LMDB: a cache line for each reader, and what is common
constexpr std::array<const char*, kTables> kTableNames = {"log", "consumers", "meta", "origins", "quarantine"};
// A commit may free pages at the end of the file that were never written; a file shorter than that was truncated.
constexpr std::uint64_t kUnwrittenPages = 64;

tl::unexpected<base::Error> failed(int code, const char* action, const std::string& directory) {
  const std::string what = std::string(action) + " buffer " + directory;
  switch (code) {
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PANIC:
    case MDB_INCOMPATIBLE:  // as the following, said of a page that no sound tree holds
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
    case MDB_BAD_TXN:
    case MDB_BAD_VALSIZE:
    case MDB_NOTFOUND:
      return base::fail(base::Kind::data, what,
                        std::string("the data file is damaged (") + mdb_strerror(code) + "); see 'logbuf salvage'");
    case MDB_MAP_FULL:
      return base::fail(base::Kind::io, what, "the data file may not grow further; see 'logbuf compact'");
    case MDB_READERS_FULL:
      return base::fail(base::Kind::temporary, what, "too many processes are reading it");
    case EIO:  // also LMDB's word for a write that was cut short
      return base::fail(base::Kind::io, what, "the disk is full, or it failed");
    default:
      if (code > 0) return base::fail_errno(code, what);
      return base::fail(base::Kind::io, what, mdb_strerror(code));
  }
}

MDB_val value_of(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
std::string_view view_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

base::Result<std::uint64_t> data_file_size(const std::string& directory) {
  struct stat status {};
  if (::stat((directory + "/data.mdb").c_str(), &status) != 0) {
    if (errno == ENOENT) return base::fail(base::Kind::data, "open buffer " + directory, "its data file is missing");
    return base::fail_errno(errno, "open " + directory + "/data.mdb");
  }
  return static_cast<std::uint64_t>(status.st_size);
}

tl::unexpected<base::Error> truncated(const std::string& directory, std::uint64_t size) {
  return base::fail(base::Kind::data, "open buffer " + directory,
                    "the data file is cut off after " + std::to_string(size) + " bytes; see 'logbuf salvage'");
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

// LMDB makes its lock file a hole and writes it through a map: on a full disk that is a SIGBUS. So a new one gets its
// blocks beforehand. On a read-only file system LMDB does without one.
base::Result<void> allocate_lock_file(const std::string& directory) {
  const std::string path = directory + "/lock.mdb";
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && status.st_size > 0) return {};
  const auto file = open_or_make_file(directory, "lock.mdb");
  if (!file && file.error().code != EROFS) return tl::unexpected(file.error());
  if (file && ::fallocate(file->get(), 0, 0, kLockFileSize) != 0 && (errno == ENOSPC || errno == EDQUOT))
    return base::fail_errno(base::Kind::io, errno, "open buffer " + directory);
  return {};
}

unsigned table_flags(unsigned table, bool create) {
  return (table == static_cast<unsigned>(Table::log) || table == static_cast<unsigned>(Table::quarantine)
              ? MDB_INTEGERKEY
              : 0) |
         (create ? MDB_CREATE : 0);
}

}  // namespace

void Env::Closer::operator()(MDB_env* env) const noexcept {
  mdb_env_close(env);
}
void Txn::Aborter::operator()(MDB_txn* txn) const noexcept {
  mdb_txn_abort(txn);
}
void Cursor::Closer::operator()(MDB_cursor* cursor) const noexcept {
  mdb_cursor_close(cursor);
}

base::Result<Env> Env::open(const std::string& directory, Options options, bool create) {
  // LMDB takes an empty data file for a new one: a buffer that was truncated must not come up empty.
  if (!create) {
    const std::uint64_t size = TRY(data_file_size(directory));
    if (size < 8192) return truncated(directory, size);
  }
  Env env;
  env.directory_ = directory;
  auto turns = Leases::open(directory);
  if (!turns && options.access == Access::read_write) return tl::unexpected(std::move(turns.error()));
  if (turns) env.turns_ = std::move(*turns);
  MDB_env* raw = nullptr;
  if (const int rc = mdb_env_create(&raw); rc != 0) return failed(rc, "open", directory);
  env.env_.reset(raw);
  mdb_env_set_maxdbs(raw, kTables);
  mdb_env_set_maxreaders(raw, kMaxReaders);
  mdb_env_set_assert(raw, assertion_failed);
  if (create) mdb_env_set_mapsize(raw, std::size_t{1} << 30);
  // A new lock file begins with what is committed at that moment: so nobody may be committing.
  Txn::Turn turn;
  if (env.turns_ && ::access((directory + "/lock.mdb").c_str(), F_OK) != 0) {
    TRY(env.turns_->wait_for(kWriterTurn));
    turn.reset(&*env.turns_);
  }
  if (create) TRY(open_or_make_file(directory, "data.mdb"));
  TRY(allocate_lock_file(directory));
  const unsigned flags =
      MDB_NOTLS | (options.access == Access::read_only ? MDB_RDONLY : 0) | (options.sync == Sync::os ? MDB_NOSYNC : 0);
  const int opened = mdb_env_open(raw, directory.c_str(), flags, kFileMode);
  if (opened == EACCES) return refused(directory, options.access == Access::read_write);
  if (opened != 0) return failed(opened, "open", directory);
  turn.reset();
  env.files_ = FilesInUse::note(directory);
  guard_map(directory);
  int data_file = -1;  // LMDB 0.9 leaves this one open for the sinks that we start
  if (mdb_env_get_fd(raw, &data_file) == 0) (void)::fcntl(data_file, F_SETFD, FD_CLOEXEC);

  MDB_envinfo info{};
  MDB_stat page{};
  mdb_env_info(raw, &info);
  mdb_env_stat(raw, &page);
  const std::uint64_t size = TRY(data_file_size(directory));
  if (!create && (info.me_last_pgno + 1) * page.ms_psize > size + kUnwrittenPages * page.ms_psize)
    return truncated(directory, size);

  int dead = 0;
  (void)mdb_reader_check(raw, &dead);  // slots of killed readers would keep pages from being reused

  MDB_txn* txn = nullptr;
  if (const int rc = mdb_txn_begin(raw, nullptr, create ? 0 : MDB_RDONLY, &txn); rc != 0)
    return failed(rc, "open", directory);
  std::unique_ptr<MDB_txn, Txn::Aborter> guard(txn);
  env.tables_ = std::make_unique<unsigned[]>(kTables);
  for (unsigned i = 0; i < kTables; ++i) {
    const int rc = mdb_dbi_open(txn, kTableNames[i], table_flags(i, create), &env.tables_[i]);
    if (rc == MDB_NOTFOUND)
      return base::fail(base::Kind::data, "open buffer " + directory,
                        std::string("its table '") + kTableNames[i] + "' is missing");
    if (rc != 0) return failed(rc, "open", directory);
  }
  // Handles live on only if the transaction that opened them commits.
  if (const int rc = mdb_txn_commit(guard.release()); rc != 0) return failed(rc, "open", directory);
  return env;
}

base::Result<void> Env::reserve(base::Bytes size) {
  MDB_envinfo info{};
  mdb_env_info(env_.get(), &info);
  if (info.me_mapsize >= size.count) return {};
  if (const int rc = mdb_env_set_mapsize(env_.get(), size.count); rc != 0) return failed(rc, "enlarge", directory_);
  return {};
}

base::Result<void> Env::copy_compact(const std::string& directory) const {
  if (const int rc = mdb_env_copy2(env_.get(), directory.c_str(), MDB_CP_COMPACT); rc != 0)
    return failed(rc, "copy", directory_);
  return {};
}

// More than was asked for, where there is more: so that not every commit has to ask.
bool Env::claim_space(std::uint64_t size) {
  constexpr std::uint64_t kAhead = 1 << 20;
  if (size <= claimed_) return true;
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < size) return false;
  int file = -1;
  mdb_env_get_fd(env_.get(), &file);
  for (const std::uint64_t wanted : {size + kAhead, size}) {
    if (::fallocate(file, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(wanted)) == 0) {
      claimed_ = wanted;
      return true;
    }
    if (errno != ENOSPC && errno != EDQUOT && errno != EFBIG) return true;  // what cannot be asked for is not asked for
  }
  return false;
}

base::Bytes Env::file_size() const {
  const auto size = data_file_size(directory_);
  return {size ? *size : 0};
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
