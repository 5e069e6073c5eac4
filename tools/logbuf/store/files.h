// The files of a buffer, as far as who may open them goes: owner and group are always its directory's, the mode is the
// data file's.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/ownership.h"
#include "base/result.h"

namespace logbuf {

// Of a file that is made in this directory. Without a data file, the directory's group may use it where it may use the
// directory, and nobody else.
base::Result<base::Ownership> ownership_of_files(const std::string& directory);

// Opens a file for reading and writing, and makes it where it is missing.
base::Result<base::Fd> open_or_make_file(const std::string& directory, const std::string& name);

base::Result<void> set_directory_ownership(const std::string& path, const base::Ownership& ownership);

// Of a buffer that is made as `fresh` and will be `path`: its users are those of the empty directory whose place it
// takes, or else those of its model, another buffer, where one is given.
base::Result<void> set_users(const std::string& fresh, const std::string& path, const std::string& model);

// Why a buffer cannot be opened that the system refuses (EACCES): names the file that it refused, for reading or for
// writing too.
tl::unexpected<base::Error> refused(const std::string& directory, bool to_write);

}  // namespace logbuf
