#include "tools/logbuf/store/files_in_use.h"

#include <sys/stat.h>

namespace logbuf {

FilesInUse FilesInUse::note(const std::string& directory) {
  FilesInUse files;
  for (std::size_t i = 0; i < kNames.size(); ++i) files.known_[i] = identify(directory + "/" + kNames[i]);
  return files;
}

base::Result<void> FilesInUse::check(const std::string& directory) const {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const Identity now = identify(directory + "/" + kNames[i]);
    if (now == known_[i]) continue;
    return base::fail(base::Kind::io, "use buffer " + directory,
                      std::string("its file ") + kNames[i] + (now == Identity{} ? " was removed" : " was replaced") +
                          " while it was in use; start again");
  }
  return {};
}

// Nothing is zeros: what cannot be looked at is the same as what is not there.
FilesInUse::Identity FilesInUse::identify(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

}  // namespace logbuf
