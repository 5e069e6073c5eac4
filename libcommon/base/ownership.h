// Who may open a file: its owner, group and mode. What replaces a file, or is added to those that others use, gets
// theirs, so that what root does once leaves nothing that only root can open.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace base {

struct Ownership {
  uid_t owner;
  gid_t group;
  mode_t mode;  // the permissions alone
};

Result<Ownership> ownership_of(const std::string& path);

// Gives the open file or directory that owner, group and mode; `path` is its name. Where this process may not change
// the owner, it is enough that the file is the group's to read and write; otherwise that is an error with code EPERM,
// and the group that the file has may not use it.
Result<void> set_ownership(int fd, const Ownership& ownership, const std::string& path);

// Of a file that is new in this directory, for root alone: owner and group are the directory's.
Result<void> adopt_directory(int fd, const std::string& directory, const std::string& path);

}  // namespace base
