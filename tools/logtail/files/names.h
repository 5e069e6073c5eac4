// The names that the command line speaks of: of files, patterns and directories.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace logtail {

class Names {
 public:
  // What is a directory, when it is looked at, stands for the files in it; what has *, ? or [ in it and is no name of a
  // file, for those that match. Both leave out what is compressed; a directory also what begins with a dot.
  explicit Names(const std::vector<std::string>& arguments);

  struct Present {
    std::vector<std::string> paths;
    bool links = false;  // some are symbolic links, or lead through one
  };
  // What there is now, no name twice, in the order given, and of a pattern or directory, the one first that was changed
  // longest ago; names that were given plainly also when nothing has them.
  // `directories` are those that directories() just gave.
  [[nodiscard]] Present present(const std::set<std::string>& directories) const;

  // Where a new name would appear. Not all of them need to exist.
  [[nodiscard]] std::set<std::string> directories() const;

  // The name is one of those meant, there or not.
  [[nodiscard]] bool covers(const std::string& path) const;

  // More than one file may come of it.
  [[nodiscard]] bool several() const;

  struct Argument {
    bool pattern;
    std::string text;
  };
  // What was given and stands for no file now.
  [[nodiscard]] std::vector<Argument> without_files() const;

 private:
  static Present files_of(const Argument& argument);

  std::vector<Argument> arguments_;
};

std::string directory_of(std::string_view path);
// The last part of a path.
std::string name_in(const std::string& path);
std::string without_last_slash(std::string path);
// *, ? or [.
bool has_wildcard(std::string_view text);
// Also by way of a symbolic link.
bool is_directory(const std::string& path);

// The regular files in a directory, by the number of the inode; none where there is no such directory.
base::Result<std::multimap<std::uint64_t, std::string>> files_in(const std::string& directory);

}  // namespace logtail
