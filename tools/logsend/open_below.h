// Opens files for appending, below a directory that is given by the operator.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace logsend {

struct FilePlace {
  std::string fixed;    // a directory with a slash at its end, which has to be there; empty: the working directory
  std::string name;     // below it
  bool varies = false;  // the name is made from conversions and fields, so that it may be another's choice

  [[nodiscard]] std::string path() const { return fixed + name; }
};

struct OpenedFile {
  base::Fd fd;
  bool regular = false;
  bool ends_in_lf = true;  // or is empty
};

// Makes the file (mode 0640, less the umask) where it is not there. Where the name varies, also the directories that it
// names (0755), and then no symbolic link below the fixed directory is followed, and what is no regular file is an
// error. A regular file's name and those of its directories survive a crash from here on, whoever made them.
base::Result<OpenedFile> open_below(const FilePlace& place);

// The directory of a file that open_below() has opened, in the same way, and the file's name in it.
struct DirectoryBelow {
  base::Fd fd;
  std::string name;
};
base::Result<DirectoryBelow> open_directory_below(const FilePlace& place);

// That a fixed directory is there.
base::Result<void> check_fixed(const std::string& fixed);

}  // namespace logsend
