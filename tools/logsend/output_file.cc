#include "tools/logsend/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/io.h"

namespace logsend {
namespace {

base::WallTime birth_of(int fd) {
  struct statx status {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) != 0 || (status.stx_mask & STATX_BTIME) == 0)
    return base::wall_now();
  return base::WallTime(std::chrono::seconds(status.stx_btime.tv_sec) +
                        std::chrono::nanoseconds(status.stx_btime.tv_nsec));
}

}  // namespace

OutputFile::OutputFile(FilePlace place, OpenedFile opened)
    : place_(std::move(place)),
      path_(place_.path()),
      fd_(std::move(opened.fd)),
      regular_(opened.regular),
      made_(birth_of(fd_.get())) {}

base::Result<OutputFile> OutputFile::open(FilePlace place, bool lines) {
  OpenedFile opened = TRY(open_below(place));
  const bool half_a_line = lines && !opened.ends_in_lf;
  OutputFile file(std::move(place), std::move(opened));
  if (half_a_line) TRY(file.append("\n"));
  file.keep();
  return file;
}

bool OutputFile::removed() const {
  struct stat status {};
  return regular_ && ::fstat(fd_.get(), &status) == 0 && status.st_nlink == 0;
}

off_t OutputFile::size() const {
  struct stat status {};
  ::fstat(fd_.get(), &status);  // of a descriptor we hold: cannot fail
  return status.st_size;
}

// Where this is refused (chattr +a), the half line is ended when the file is opened next.
void OutputFile::cut(off_t from, off_t to) const {
  if (regular_ && size() == from) (void)!::ftruncate(fd_.get(), to);
}

base::Result<void> OutputFile::append(std::string_view frames) {
  const off_t before = size();
  std::size_t done = 0;
  while (done < frames.size()) {
    const auto moved = base::write_some(fd_.get(), frames.substr(done), path_);
    if (!moved) {
      cut(before + static_cast<off_t>(done), before);
      return tl::unexpected(moved.error());
    }
    done += moved->bytes;
  }
  if (!undo_to_) undo_to_ = before;
  end_ = before + static_cast<off_t>(done);
  unsynced_ = true;
  return {};
}

void OutputFile::undo() {
  if (undo_to_) cut(end_, *undo_to_);
  undo_to_.reset();
}

base::Result<void> OutputFile::sync() {
  if (lost_) return tl::unexpected(*lost_);
  if (!unsynced_) return {};
  auto synced = base::sync_data(fd_.get(), path_);
  if (synced && removed())
    synced = base::fail(base::Kind::io, "write " + path_, "it was removed while it was written; run again");
  if (!synced) {
    lost_ = synced.error();
    return synced;
  }
  unsynced_ = false;
  return {};
}

base::Result<void> OutputFile::close() {
  TRY(sync());
  return fd_.close(path_);
}

}  // namespace logsend
