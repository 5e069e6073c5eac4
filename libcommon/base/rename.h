// Renaming files, but never over another one.
#pragma once

#include <string>

namespace base {

// The file `from` of one open directory gets the name `to` in another, or the same. 0, or errno: EEXIST where something
// has that name. Where the file system cannot do that at once, the file has both names in between.
[[nodiscard]] int rename_to_free_name(int from_directory, const std::string& from, int to_directory,
                                      const std::string& to);

}  // namespace base
