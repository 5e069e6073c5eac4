// Opening, making and compacting a buffer; its records.
#include "tools/logbuf/store/buffer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/directory.h"
#include "base/io.h"
#include "base/ownership.h"
#include "base/uuid.h"
#include "tools/logbuf/store/fault.h"
#include "tools/logbuf/store/files.h"
#include "tools/logbuf/store/records.h"

namespace logbuf {
namespace {

constexpr std::string_view kStateKey = "state";
constexpr std::string_view kCompressionKey = "compression";
constexpr mode_t kPrivate = 0700;
constexpr std::string_view kVersionPrefix = "logpipe buffer ";

std::string opening(const std::string& path) {
  return "open buffer " + path;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

base::Result<bool> is_missing_or_empty(const std::string& path) {
  base::Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    if (errno == ENOENT) return true;
    if (errno == ENOTDIR)
      return base::fail(base::Kind::data, opening(path), "it is not a directory, so it is no buffer");
    return base::fail_errno(errno, opening(path));
  }
  bool is_empty = true;
  TRY(base::each_entry(std::move(directory), opening(path), [&](int, const dirent&) { is_empty = false; }));
  return is_empty;
}

base::Result<void> write_version(const base::Fd& file, unsigned version, const std::string& path) {
  TRY(base::write_all(file.get(), std::string(kVersionPrefix) + std::to_string(version) + "\n", path));
  return base::sync_data(file.get(), path);
}

base::Result<void> make_version(const std::string& directory) {
  const std::string path = directory + "/VERSION";
  base::Fd file = TRY(open_or_make_file(directory, "VERSION"));
  TRY(write_version(file, kPlainFormat, path));
  return file.close(path);
}

// The opened VERSION file, after a look at what it says.
base::Result<base::Fd> open_version(const std::string& path) {
  base::Fd file(::open((path + "/VERSION").c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      if (errno == ENOENT) return base::fail(base::Kind::no_input, opening(path), "there is no such buffer");
      return base::fail_errno(errno, opening(path));
    }
    if (!S_ISDIR(status.st_mode))
      return base::fail(base::Kind::data, opening(path), "it is not a directory, so it is no buffer");
    const bool there = ::access((path + "/VERSION").c_str(), F_OK) == 0;
    if (!there && errno == ENOENT)
      return base::fail(base::Kind::data, opening(path), "it has no VERSION file, so it is no buffer");
    return there ? base::fail_errno(EACCES, "open " + path + "/VERSION") : base::fail_errno(errno, opening(path));
  }
  char text[64];
  const base::Transfer read = TRY(base::read_some(file.get(), text, path + "/VERSION"));
  std::string_view version(text, read.bytes);
  while (!version.empty() && version.back() == '\n') version.remove_suffix(1);
  if (!version.starts_with(kVersionPrefix))
    return base::fail(base::Kind::data, opening(path), "its VERSION file is not a buffer's");
  version.remove_prefix(kVersionPrefix.size());
  if (version != std::to_string(kPlainFormat) && version != std::to_string(kCompressedFormat))
    return base::fail(base::Kind::data, opening(path),
                      "its format is version " + std::string(version.substr(0, 20)) +
                          ", written by a newer logpipe; this logbuf knows versions up to " +
                          std::to_string(kCompressedFormat));
  return file;
}

// The process that made the buffer, or renamed a compacted data file into it, may have been killed before it synced
// these names, or may be about to. A parent that may not be read is left out: syncing a new directory syncs its name
// too on ext4, XFS and Btrfs.
base::Result<void> sync_names(const std::string& path) {
  TRY(base::sync_directory(path));
  base::Result<void> synced = base::sync_directory(parent_of(path));
  if (!synced && synced.error().kind != base::Kind::permission) return synced;
  return {};
}

// Removes what a failed creation left, all of it our own files.
void remove_new(const std::string& directory) {
  for (const char* name : {"data.mdb", "lock.mdb", "leases", "VERSION"})
    (void)::unlink((directory + "/" + name).c_str());
  (void)::rmdir(directory.c_str());
}

}  // namespace

base::Result<std::unique_ptr<Buffer>> Buffer::open(const std::string& given, Options options) {
  const std::string path = without_trailing_slashes(given);
  base::Fd lock = TRY(open_version(path));
  if (::flock(lock.get(), LOCK_SH | LOCK_NB) != 0)
    return base::fail(base::Kind::temporary, opening(path), "it is being compacted; try again later");
  if (options.mark_damage && is_marked_damaged(path))
    return base::fail(base::Kind::data, opening(path),
                      "the data file was found damaged or its disk failed; see 'logbuf salvage'");
  Env env = TRY(Env::open(path, {options.access, options.sync, options.mark_damage}, false));
  std::unique_ptr<Buffer> buffer(new Buffer(std::move(env)));
  buffer->path_ = path;
  buffer->lock_ = std::move(lock);
  buffer->options_ = options;
  if (options.access == Access::read_only) {
    if (auto leases = Leases::open_to_look(path)) buffer->leases_ = std::move(*leases);
  } else {
    if (options.sync == Sync::disk) TRY(sync_names(path));
    buffer->leases_ = TRY(Leases::open(path));
    const State state = TRY(buffer->state());
    TRY(buffer->env_.reserve(file_limit(state.limits)));
  }
  return buffer;
}

base::Result<std::unique_ptr<Buffer>> Buffer::open_or_create(const std::string& given, Options options,
                                                             const std::string& model) {
  const std::string path = without_trailing_slashes(given);
  if (TRY(is_missing_or_empty(path))) TRY(create(path, without_trailing_slashes(model)));
  return open(path, options);
}

// Made beside its place and renamed into it: a crash leaves either nothing or a whole buffer there. Renaming fails
// where another process was faster, and then its buffer is the one.
base::Result<void> Buffer::create(const std::string& path, const std::string& model) {
  std::string fresh = path + ".new-XXXXXX";
  if (::mkdtemp(fresh.data()) == nullptr) {
    if (errno == ENOENT)
      return base::fail(base::Kind::cannot_create, "create buffer " + path,
                        "the directory that it should be in does not exist");
    return base::fail_errno(base::Kind::cannot_create, errno, "create buffer " + path + " in " + parent_of(path));
  }
  const auto build = [&]() -> base::Result<void> {
    TRY(set_users(fresh, path, model));
    Env env = TRY(Env::open(fresh, {Access::read_write, Sync::disk}, true));
    State state;
    state.uuid = TRY(base::new_uuid());
    state.created = base::wall_now();
    Txn txn = TRY(Txn::begin(env, Access::read_write));
    TRY(txn.put(Table::meta, kStateKey, state.encode()));
    TRY(txn.commit());
    TRY(Leases::open(fresh));
    TRY(make_version(fresh));
    return base::sync_directory(fresh);
  };
  base::Result<void> built = build();
  if (built && ::rename(fresh.c_str(), path.c_str()) != 0 && errno != ENOTEMPTY && errno != EEXIST)
    built = base::fail_errno(base::Kind::cannot_create, errno, "create buffer " + path);
  remove_new(fresh);  // does nothing after a successful rename
  if (!built && built.error().kind != base::Kind::io) built.error().kind = base::Kind::cannot_create;
  return built;
}

base::Result<void> Buffer::compact(const std::string& given) {
  const std::string path = without_trailing_slashes(given);
  const base::Fd lock = TRY(open_version(path));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return base::fail(base::Kind::temporary, "compact buffer " + path, "another process has it open; stop it first");
  const std::string work = path + "/compact";
  const std::string copy = work + "/data.mdb";
  (void)::unlink(copy.c_str());
  if (::mkdir(work.c_str(), kPrivate) != 0 && errno != EEXIST)
    return base::fail_errno(base::Kind::cannot_create, errno, "create " + work);
  base::Ownership ownership = TRY(base::ownership_of(path));
  ownership.mode = kPrivate;
  if (auto set = set_directory_ownership(work, ownership); !set) {
    (void)::rmdir(work.c_str());
    return set;
  }
  {
    const Env env = TRY(Env::open(path, {Access::read_write, Sync::disk}, false));
    TRY(env.copy_compact(work));
  }
  const base::Fd file(::open(copy.c_str(), O_RDWR | O_CLOEXEC));
  if (!file) return base::fail_errno(errno, "open " + copy);
  TRY(base::set_ownership(file.get(), TRY(ownership_of_files(path)), copy));
  if (::fsync(file.get()) != 0) return base::fail_errno(base::Kind::io, errno, "sync " + copy);
  if (::rename(copy.c_str(), (path + "/data.mdb").c_str()) != 0)
    return base::fail_errno(base::Kind::io, errno, "rename " + copy);
  (void)::rmdir(work.c_str());
  return base::sync_directory(path);
}

base::Result<State> Buffer::load(const Txn& txn) const {
  const std::optional<std::string_view> record = TRY(txn.get(Table::meta, kStateKey));
  if (!record)
    return base::fail(base::Kind::data, "read buffer " + path_, "its state record is missing; see 'logbuf salvage'");
  State state = TRY(State::decode(*record));
  const std::optional<std::string_view> compression = TRY(txn.get(Table::meta, kCompressionKey));
  // What only a newer program knows it may use for its own chunks.
  if (compression) state.limits.compression = parse_compression(*compression).value_or(Compression::none);
  return state;
}

base::Result<void> Buffer::store(Txn& txn, const State& state) const {
  return txn.put(Table::meta, kStateKey, state.encode());
}

// In place, where the lock is: one byte changes. After a crash before the commit the version is higher than it has to
// be, which harms nobody.
base::Result<void> Buffer::raise_format(State& state) const {
  if (state.format >= kCompressedFormat) return {};
  const std::string path = path_ + "/VERSION";
  base::Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return base::fail_errno(errno, "write " + path);
  TRY(write_version(file, kCompressedFormat, path));
  state.format = kCompressedFormat;
  return file.close(path);
}

base::Result<void> Buffer::store_compression(Txn& txn, Compression compression) {
  return txn.put(Table::meta, kCompressionKey, compression_name(compression));
}

base::Result<State> Buffer::state() {
  const Txn txn = TRY(Txn::begin(env_, Access::read_only));
  return load(txn);
}

base::Result<void> Buffer::set_limits(const std::function<void(Limits&)>& change) {
  Txn txn = TRY(Txn::begin(env_, Access::read_write));
  State state = TRY(load(txn));
  const Limits before = state.limits;
  change(state.limits);
  if (state.limits == before) return {};
  TRY(store(txn, state));
  if (state.limits.compression != before.compression) TRY(store_compression(txn, state.limits.compression));
  TRY(txn.commit());
  return env_.reserve(file_limit(state.limits));
}

}  // namespace logbuf
