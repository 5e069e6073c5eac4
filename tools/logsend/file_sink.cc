#include "tools/logsend/file_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/io.h"
#include "base/units.h"

namespace logsend {
namespace {

constexpr std::size_t kRoom = 1 << 20;

base::Kind kind_of_open(int errnum) {
  const bool refused = errnum == EACCES || errnum == EPERM || errnum == EROFS;
  return refused ? base::Kind::permission : base::Kind::cannot_create;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Makes the file's name survive a crash.
base::Result<void> sync_name(int fd, const std::string& path) {
  auto synced = base::sync_directory(folder_of(path));
  if (synced || synced.error().kind != base::Kind::permission) return synced;
  // A folder that may be written but not listed cannot be opened. Syncing a new file syncs its name too on ext4, XFS
  // and Btrfs.
  if (::fsync(fd) == 0) return {};
  return base::fail_errno(base::Kind::io, errno, "sync " + path);
}

struct stat status_of(int fd) {
  struct stat status {};
  ::fstat(fd, &status);  // of a descriptor we hold: cannot fail
  return status;
}

}  // namespace

FileSink::FileSink(FileOptions options)
    : options_(std::move(options)), named_by_time_(options_.pattern.find('%') != std::string::npos) {}

base::Result<std::unique_ptr<FileSink>> FileSink::open(FileOptions options) {
  std::unique_ptr<FileSink> sink(new FileSink(std::move(options)));
  TRY(sink->open_file(sink->name_now()));
  return sink;
}

stream::Strength FileSink::strength() const {
  return regular_ ? stream::Strength::stored : stream::Strength::sent;
}

std::string FileSink::name_now() const {
  if (!named_by_time_) return options_.pattern;
  const std::time_t time = options_.clock();
  std::tm local{};
  ::localtime_r(&time, &local);
  char name[4096];
  return {name, std::strftime(name, sizeof name, options_.pattern.c_str(), &local)};
}

base::Result<void> FileSink::open_file(std::string path) {
  path_ = std::move(path);
  fd_ = base::Fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  if (!fd_) return base::fail_errno(kind_of_open(errno), errno, "open " + path_);
  regular_ = S_ISREG(status_of(fd_.get()).st_mode);
  if (!regular_) return {};
  TRY(sync_name(fd_.get(), path_));
  return end_last_line();
}

// A writer that was killed may have left half a line, and our first message must not become part of it.
base::Result<void> FileSink::end_last_line() {
  const auto size = status_of(fd_.get()).st_size;
  if (options_.wire != stream::Framing::line || size == 0) return {};
  const base::Fd reader(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  char last = '\n';
  if (!reader || ::pread(reader.get(), &last, 1, size - 1) != 1 || last == '\n') return {};
  return append("\n");
}

base::Result<void> FileSink::follow_clock() {
  if (!named_by_time_) return {};
  std::string name = name_now();
  if (name == path_) return {};
  TRY(close());
  return open_file(std::move(name));
}

std::size_t FileSink::room() const {
  return kRoom;
}

base::Result<void> FileSink::write(const stream::Batch& batch) {
  TRY(follow_clock());
  // Without inner LFs a batch is its own line framing (stream/batch.h).
  if (options_.wire == stream::Framing::line && !batch.has_inner_lf()) {
    TRY(append(batch.block()));
  } else {
    frames_.clear();
    stream::append_frames(frames_, {.framing = options_.wire}, batch);
    TRY(append(frames_));
  }
  written_ += batch.count();
  return {};
}

base::Result<void> FileSink::append(std::string_view frames) {
  const auto before = status_of(fd_.get()).st_size;
  std::size_t done = 0;
  while (done < frames.size()) {
    const auto moved = base::write_some(fd_.get(), frames.substr(done), path_);
    if (moved) {
      done += moved->bytes;
      continue;
    }
    const bool only_we_grew_it = status_of(fd_.get()).st_size == before + static_cast<off_t>(done);
    // Where this is refused (chattr +a), end_last_line() mends it next time.
    if (regular_ && only_we_grew_it && ::ftruncate(fd_.get(), before) != 0) return tl::unexpected(moved.error());
    TRY(sync());  // what came before this is good
    return tl::unexpected(moved.error());
  }
  unsynced_ = true;
  return {};
}

base::Result<void> FileSink::sync() {
  if (!unsynced_) return {};
  TRY(base::sync_data(fd_.get(), path_));
  unsynced_ = false;
  safe_ = written_;
  return {};
}

base::Result<void> FileSink::flush() {
  return sync();
}

base::Result<void> FileSink::close() {
  TRY(sync());
  return fd_.close(path_);
}

base::Result<void> FileSink::reopen() {
  TRY(close());
  return open_file(name_now());
}

base::Result<void> FileSink::finish() {
  TRY(close());
  finished_ = true;
  return {};
}

std::string FileSink::state() const {
  return "writing " + path_ + ", " + base::count_of(written_ - safe_, "message") + " not synced";
}

}  // namespace logsend
