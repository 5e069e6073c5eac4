#include "base/ownership.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace base {
namespace {

constexpr mode_t kPermissions = 07777;
constexpr mode_t kGroupsAll = S_IRWXG;
constexpr mode_t kGroupReadsAndWrites = S_IRGRP | S_IWGRP;
constexpr uid_t kSameOwner = static_cast<uid_t>(-1);

Ownership ownership_in(const struct stat& status) {
  return {status.st_uid, status.st_gid, status.st_mode & kPermissions};
}

}  // namespace

Result<Ownership> ownership_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return fail_errno(errno, "look at " + path);
  return ownership_in(status);
}

Result<void> set_ownership(int fd, const Ownership& ownership, const std::string& path) {
  const std::string what = "set the owner of " + path;
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno(errno, what);
  if (status.st_uid != ownership.owner || status.st_gid != ownership.group) {
    bool changed = ::fchown(fd, ownership.owner, ownership.group) == 0;
    const int error = errno;
    if (!changed && error == EPERM && (ownership.mode & kGroupReadsAndWrites) == kGroupReadsAndWrites)
      changed = ::fchown(fd, kSameOwner, ownership.group) == 0;
    if (!changed) {
      (void)::fchmod(fd, ownership.mode & ~kGroupsAll);  // of a group that it was not for
      return fail_errno(error, what);
    }
  }
  if ((status.st_mode & kPermissions) != ownership.mode && ::fchmod(fd, ownership.mode) != 0)
    return fail_errno(errno, "set the mode of " + path);
  return {};
}

Result<void> adopt_directory(int fd, const std::string& directory, const std::string& path) {
  if (::geteuid() != 0) return {};
  const Ownership parent = TRY(ownership_of(directory));
  if (::fchown(fd, parent.owner, parent.group) != 0) return fail_errno(errno, "set the owner of " + path);
  return {};
}

}  // namespace base
