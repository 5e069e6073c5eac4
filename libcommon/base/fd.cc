#include "base/fd.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace base {
namespace {

constexpr int kPipeSize = 1 << 20;  // two to three times the throughput of the default 64 KiB

rlimit descriptor_limit() {
  rlimit limit{};
  (void)::getrlimit(RLIMIT_NOFILE, &limit);  // cannot fail
  return limit;
}

// The soft limit, as it was when it was first asked for: before it is raised.
rlim_t initial_soft_limit() {
  static const rlim_t initial = descriptor_limit().rlim_cur;
  return initial;
}

void set_soft_limit(rlim_t soft) {
  const rlimit limit{soft, descriptor_limit().rlim_max};
  (void)::setrlimit(RLIMIT_NOFILE, &limit);  // within the hard limit that is allowed to everybody
}

}  // namespace

void Fd::reset() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<void> Fd::close(std::string_view what) {
  if (fd_ >= 0 && ::close(std::exchange(fd_, -1)) != 0 && errno != EINTR)
    return fail_errno(Kind::io, errno, "close " + std::string(what));
  return {};
}

Result<Pipe> open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "create pipe");
  Pipe pipe{Fd(ends[0]), Fd(ends[1])};
  // Best effort: an unprivileged user over the pipe quota keeps the default size, which only costs speed.
  (void)::fcntl(pipe.write.get(), F_SETPIPE_SZ, kPipeSize);
  return pipe;
}

Result<Fd> private_copy(int fd, bool for_writing) {
  const int shared = ::fcntl(fd, F_GETFL);
  if (shared < 0) return fail_errno(errno, "use file descriptor " + std::to_string(fd));
  const int append = shared & O_APPEND;
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (::lseek(fd, 0, SEEK_CUR) < 0) {  // a seekable file has an offset that must stay shared
    const int copy =
        ::open(path.c_str(), (for_writing ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | append);
    if (copy >= 0) {
      (void)::fcntl(copy, F_SETPIPE_SZ, kPipeSize);  // fails on what is not a pipe
      return Fd(copy);
    }
  }
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return fail_errno(errno, "duplicate file descriptor " + std::to_string(fd));
  return Fd(copy);
}

std::size_t raise_descriptor_limit(std::size_t wanted) {
  (void)initial_soft_limit();  // is what it is now, for restore_descriptor_limit()
  const rlimit now = descriptor_limit();
  if (wanted > now.rlim_cur) set_soft_limit(std::min<rlim_t>(wanted, now.rlim_max));
  return descriptor_limit().rlim_cur;
}

void restore_descriptor_limit() {
  set_soft_limit(std::min(initial_soft_limit(), descriptor_limit().rlim_max));
}

}  // namespace base
