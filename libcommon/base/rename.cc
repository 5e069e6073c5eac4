#include "base/rename.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace base {

int rename_to_free_name(int from_directory, const std::string& from, int to_directory, const std::string& to) {
  if (::renameat2(from_directory, from.c_str(), to_directory, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (::linkat(from_directory, from.c_str(), to_directory, to.c_str(), 0) != 0) return errno;
  return ::unlinkat(from_directory, from.c_str(), 0) == 0 ? 0 : errno;
}

}  // namespace base
