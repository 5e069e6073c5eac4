// What is in a directory.
#pragma once

#include <dirent.h>

#include <functional>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace base {

// Calls `visit` for each entry but "." and "..", with the directory's descriptor beside it. An error of any read is
// one, since what comes after it is not known. `action` says what is done, as "read directory logs".
Result<void> each_entry(Fd directory, const std::string& action,
                        const std::function<void(int directory, const dirent& entry)>& visit);

}  // namespace base
