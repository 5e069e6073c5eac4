#include "tools/logtail/files/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/io.h"

namespace logtail {
namespace {

constexpr std::size_t kStep = 256 << 10;

}  // namespace

bool File::comes_after(const File& other) const {
  for (const File* each = former.get(); each != nullptr; each = each->former.get())
    if (each == &other) return true;
  return false;
}

base::Result<std::shared_ptr<File>> open_file(const std::string& path) {
  // O_NONBLOCK: a named pipe must not hold us up.
  base::Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd) return base::fail_errno(errno, "open " + path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return base::fail_errno(errno, "open " + path);
  if (!S_ISREG(status.st_mode))
    return base::fail(base::Kind::no_input, "open " + path, "it is no regular file; logcat reads pipes and sockets");
  (void)::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  auto file = std::make_shared<File>();
  file->name = path;
  file->inode = inode_of(status);
  file->first_size = static_cast<std::uint64_t>(status.st_size);
  file->fd = std::move(fd);
  TRY(look_at_head(*file));
  file->grown = base::now();
  return file;
}

base::Result<void> look_at_head(File& file) {
  char first[16];
  file.head = TRY(head_of(file.fd.get(), file.name));
  const base::Transfer got = TRY(base::read_at(file.fd.get(), first, 0, file.name));
  file.start.assign(first, std::min<std::uint64_t>(got.bytes, file.head.length));
  return {};
}

base::Result<FileSize> size_of(const File& file) {
  struct stat status {};
  if (::fstat(file.fd.get(), &status) != 0) return base::fail_errno(errno, "look at " + file.name);
  return FileSize{static_cast<std::uint64_t>(status.st_size), status.st_nlink > 0};
}

base::Result<bool> was_truncated(const File& file) {
  if (TRY(size_of(file)).bytes < file.at) return true;
  return !TRY(begins_with(file.fd.get(), file.name, file.head)) ||
         !TRY(ends_alike(file.fd.get(), file.name, file.trace));
}

base::Result<std::uint64_t> hole_end(const File& file) {
  constexpr std::size_t kLeast = 512;  // where nobody has seen it truncated: a message may begin with a NUL
  const auto block = std::make_unique_for_overwrite<char[]>(kStep);
  std::uint64_t at = 0;
  for (std::size_t size = kLeast;; size = kStep) {
    const base::Transfer got = TRY(base::read_at(file.fd.get(), {block.get(), size}, at, file.name));
    const std::string_view bytes(block.get(), got.bytes);
    const std::size_t nuls = std::min(bytes.find_first_not_of('\0'), bytes.size());
    at += nuls;
    if (at < kLeast && !file.truncated) return 0;
    if (nuls < bytes.size() || got.end) return at;
    const off_t data = ::lseek(file.fd.get(), static_cast<off_t>(at), SEEK_DATA);
    if (data < 0 && errno == ENXIO) return TRY(size_of(file)).bytes;
    if (data > 0) at = static_cast<std::uint64_t>(data);
  }
}

base::Result<bool> compare(File& copy, const File& other) {
  const auto mine = std::make_unique_for_overwrite<char[]>(kStep);
  const auto others = std::make_unique_for_overwrite<char[]>(kStep);
  for (;;) {
    const base::Transfer got = TRY(base::read_at(copy.fd.get(), {mine.get(), kStep}, copy.compared, copy.name));
    const base::Transfer there =
        TRY(base::read_at(other.fd.get(), {others.get(), got.bytes}, copy.compared, other.name));
    if (std::string_view(mine.get(), got.bytes) != std::string_view(others.get(), there.bytes)) return false;
    copy.compared += got.bytes;
    if (got.end) return true;
  }
}

}  // namespace logtail
