#include "tools/logtail/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace logtail {

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
  file->head = TRY(head_of(fd.get(), path));
  file->fd = std::move(fd);
  file->grown = base::now();
  return file;
}

base::Result<FileSize> size_of(const File& file) {
  struct stat status {};
  if (::fstat(file.fd.get(), &status) != 0) return base::fail_errno(errno, "look at " + file.name);
  return FileSize{static_cast<std::uint64_t>(status.st_size), status.st_nlink > 0};
}

base::Result<bool> was_truncated(const File& file) {
  if (TRY(size_of(file)).bytes < file.at) return true;
  return !TRY(begins_with(file.fd.get(), file.name, file.head));
}

}  // namespace logtail
