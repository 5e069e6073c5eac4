#include "cli/environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace cli {

void fill_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    (void)::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);  // takes the lowest number, which is fd
  }
}

base::Result<std::optional<stream::Invitation>> take_invitation() {
  const char* value = std::getenv(stream::kEnvironmentName);
  if (value == nullptr) return std::optional<stream::Invitation>();
  auto invitation = stream::parse_invitation(value, static_cast<long>(::getpid()));
  ::unsetenv(stream::kEnvironmentName);
  return invitation;
}

std::string journal_stream() {
  const char* value = std::getenv("JOURNAL_STREAM");
  return value == nullptr ? "" : value;
}

base::Result<void> close_stdout() {
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0;
  if (!flushed || std::ferror(stdout) != 0)
    return base::fail_errno(base::Kind::io, errno != 0 ? errno : EIO, "write stdout");
  // EBADF: the action closed it itself, and saw the result.
  if (::close(STDOUT_FILENO) != 0 && errno != EINTR && errno != EBADF)
    return base::fail_errno(base::Kind::io, errno, "write stdout");
  return {};
}

}  // namespace cli
