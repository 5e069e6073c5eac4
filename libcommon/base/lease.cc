#include "base/lease.h"

#include <fcntl.h>

#include <cerrno>

namespace base {

// A lease for reading is refused while somebody has the file open for writing.
std::optional<bool> is_open_for_writing(int fd) {
  if (::fcntl(fd, F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN ? std::optional(true) : std::nullopt;
  (void)::fcntl(fd, F_SETLEASE, F_UNLCK);
  return false;
}

}  // namespace base
