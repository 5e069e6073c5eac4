#include <fcntl.h>
#include <lmdb.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "tools/logbuf/store/fault.h"
#include "tools/logbuf/store/files.h"
#include "tools/logbuf/store/lmdb.h"
#include "tools/logbuf/store/lmdb_error.h"

namespace logbuf {
namespace {

constexpr unsigned kMaxReaders = 510;
constexpr mode_t kFileMode = 0600;
constexpr off_t kLockFileSize = (kMaxReaders + 2) * 64;  // of LMDB: a cache line for each reader, and what is common
constexpr std::array<const char*, kTables> kTableNames = {"log", "consumers", "meta", "origins", "quarantine"};
// A commit may free pages at the end of the file that were never written; a file shorter than that was truncated.
constexpr std::uint64_t kUnwrittenPages = 64;

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

base::Result<Env> Env::open(const std::string& directory, Options options, bool create) {
  // LMDB takes an empty data file for a new one: a buffer that was truncated must not come up empty.
  if (!create) {
    const std::uint64_t size = TRY(data_file_size(directory));
    if (size < 8192) return truncated(directory, size);
  }
  Env env;
  env.directory_ = directory;
  env.mark_damage_ = options.mark_damage;
  auto turns = Leases::open(directory);
  if (!turns && options.access == Access::read_write) return tl::unexpected(std::move(turns.error()));
  if (turns) env.turns_ = std::move(*turns);
  TRY(env.open_files(options, create));
  if (!create) TRY(env.check_size());
  int dead = 0;
  (void)mdb_reader_check(env.env_.get(), &dead);  // slots of killed readers would keep pages from being reused
  TRY(env.open_tables(create));
  return env;
}

base::Result<void> Env::open_files(Options options, bool create) {
  MDB_env* raw = nullptr;
  if (const int rc = mdb_env_create(&raw); rc != 0) return failed(rc, "open", directory_);
  env_.reset(raw);
  mdb_env_set_maxdbs(raw, kTables);
  mdb_env_set_maxreaders(raw, kMaxReaders);
  mdb_env_set_assert(raw, assertion_failed);
  if (create) mdb_env_set_mapsize(raw, std::size_t{1} << 30);
  // A new lock file begins with what is committed at that moment: so nobody may be committing.
  Txn::Turn turn;
  if (turns_ && ::access((directory_ + "/lock.mdb").c_str(), F_OK) != 0) {
    TRY(turns_->wait_for(kWriterTurn));
    turn.reset(&*turns_);
  }
  if (create) TRY(open_or_make_file(directory_, "data.mdb"));
  TRY(allocate_lock_file(directory_));
  const unsigned flags =
      MDB_NOTLS | (options.access == Access::read_only ? MDB_RDONLY : 0) | (options.sync == Sync::os ? MDB_NOSYNC : 0);
  const int opened = mdb_env_open(raw, directory_.c_str(), flags, kFileMode);
  if (opened == EACCES) return refused(directory_, options.access == Access::read_write);
  if (opened != 0) return failed(opened, "open", directory_);
  turn.reset();
  files_ = FilesInUse::note(directory_);
  guard_map(directory_, options.mark_damage);
  int data_file = -1;  // LMDB 0.9 leaves this one open for the sinks that we start
  if (mdb_env_get_fd(raw, &data_file) == 0) (void)::fcntl(data_file, F_SETFD, FD_CLOEXEC);
  return {};
}

base::Result<void> Env::check_size() const {
  MDB_envinfo info{};
  MDB_stat page{};
  mdb_env_info(env_.get(), &info);
  mdb_env_stat(env_.get(), &page);
  const std::uint64_t size = TRY(data_file_size(directory_));
  if ((info.me_last_pgno + 1) * page.ms_psize > size + kUnwrittenPages * page.ms_psize)
    return truncated(directory_, size);
  return {};
}

base::Result<void> Env::open_tables(bool create) {
  MDB_txn* txn = nullptr;
  if (const int rc = mdb_txn_begin(env_.get(), nullptr, create ? 0 : MDB_RDONLY, &txn); rc != 0)
    return failed(rc, "open", directory_);
  std::unique_ptr<MDB_txn, Txn::Aborter> guard(txn);
  tables_ = std::make_unique<unsigned[]>(kTables);
  for (unsigned i = 0; i < kTables; ++i) {
    const int rc = mdb_dbi_open(txn, kTableNames[i], table_flags(i, create), &tables_[i]);
    if (rc == MDB_NOTFOUND)
      return base::fail(base::Kind::data, "open buffer " + directory_,
                        std::string("its table '") + kTableNames[i] + "' is missing");
    if (rc != 0) return failed(rc, "open", directory_);
  }
  // Handles live on only if the transaction that opened them commits.
  if (const int rc = mdb_txn_commit(guard.release()); rc != 0) return failed(rc, "open", directory_);
  return {};
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

}  // namespace logbuf
