// Which files a process works with: those that it opened must still be the ones under their names. A writer whose lock
// file was removed has the locks of a file that nobody else will look at, and would overwrite what others commit.
#pragma once

#include <sys/types.h>

#include <array>
#include <string>

#include "base/result.h"

namespace logbuf {

class FilesInUse {
 public:
  // Of a buffer whose files are open, or were a moment ago.
  static FilesInUse note(const std::string& directory);

  // Kind::io: one was removed, or is another by now.
  [[nodiscard]] base::Result<void> check(const std::string& directory) const;

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const Identity&) const = default;
  };
  static constexpr std::array kNames = {"data.mdb", "lock.mdb", "leases"};
  static Identity identify(const std::string& path);

  std::array<Identity, kNames.size()> known_;
};

}  // namespace logbuf
