#include "tools/logsend/open_below.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/quote.h"
#include "tools/logsend/file_pattern.h"

namespace logsend {
namespace {

constexpr int kAppend = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;
constexpr int kDirectory = O_DIRECTORY | O_CLOEXEC;
// A FIFO that nobody reads must not stop us.
constexpr int kOnlyHere = O_NOFOLLOW | O_NONBLOCK;

base::Kind kind_of_open(int errnum) {
  const bool refused = errnum == EACCES || errnum == EPERM || errnum == EROFS;
  return refused ? base::Kind::permission : base::Kind::cannot_create;
}

bool is_link(const base::Fd& directory, const std::string& name) {
  struct stat status {};
  return ::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

// A directory that may be searched but not listed can be passed through, but not synced.
base::Fd open_directory(int from, const std::string& name, int flags) {
  base::Fd directory(::openat(from, name.c_str(), O_RDONLY | kDirectory | flags));
  if (!directory && errno == EACCES) directory = base::Fd(::openat(from, name.c_str(), O_PATH | kDirectory | flags));
  return directory;
}

// The directories from the fixed one to the file's, and the file.
class Walk {
 public:
  explicit Walk(const FilePlace& place) : place_(place) {}

  base::Result<void> start() {
    directories_.push_back(open_directory(AT_FDCWD, place_.fixed.empty() ? "." : place_.fixed, 0));
    return directories_.back() ? base::Result<void>() : failed("");
  }

  base::Result<void> enter(const std::string& name) {
    const int from = directories_.back().get();
    if (::mkdirat(from, name.c_str(), 0755) != 0 && errno != EEXIST) return failed(name);
    base::Fd directory = open_directory(from, name, O_NOFOLLOW);
    if (!directory) return failed(name);
    directories_.push_back(std::move(directory));
    return {};
  }

  base::Fd take_directory() { return std::move(directories_.back()); }

  base::Result<OpenedFile> open(const std::string& name) {
    const int flags = place_.varies ? kOnlyHere : 0;
    const int from = directories_.back().get();
    OpenedFile opened;
    opened.fd = base::Fd(::openat(from, name.c_str(), kAppend | flags, 0640));
    if (!opened.fd) return tl::unexpected(failed(name).error());
    struct stat status {};
    ::fstat(opened.fd.get(), &status);  // of a descriptor we hold: cannot fail
    opened.regular = S_ISREG(status.st_mode);
    if (!opened.regular && place_.varies)
      return base::fail(base::Kind::cannot_create, "open " + place_.path(), "it is not a regular file");
    if (!opened.regular) return opened;
    const base::Fd reader(::openat(from, name.c_str(), O_RDONLY | O_CLOEXEC | flags));
    char last = '\n';
    if (reader && status.st_size > 0 && ::pread(reader.get(), &last, 1, status.st_size - 1) == 1)
      opened.ends_in_lf = last == '\n';
    TRY(sync_names(opened.fd));
    return opened;
  }

 private:
  // Also of what was there: its maker may have been killed before this.
  base::Result<void> sync_names(const base::Fd& file) const {
    bool all = true;
    for (const auto& directory : directories_) {
      if (::fsync(directory.get()) == 0) continue;
      if (errno != EBADF) return base::fail_errno(base::Kind::io, errno, "sync the directory of " + place_.path());
      all = false;
    }
    // Syncing a new file syncs the names that lead to it too on ext4, XFS and Btrfs.
    if (all || ::fsync(file.get()) == 0) return {};
    return base::fail_errno(base::Kind::io, errno, "sync " + place_.path());
  }

  [[nodiscard]] base::Result<void> failed(const std::string& name) const {
    const int error = errno;
    const std::string what = "open " + place_.path();
    const bool may_be_a_link = place_.varies && (error == ELOOP || error == ENOTDIR);
    if (may_be_a_link && directories_.back() && is_link(directories_.back(), name))
      return base::fail(base::Kind::cannot_create, what,
                        base::quote(name) + " is a symbolic link; none is followed where the path has conversions");
    return base::fail_errno(kind_of_open(error), error, what);
  }

  const FilePlace& place_;
  std::vector<base::Fd> directories_;
};

}  // namespace

base::Result<OpenedFile> open_below(const FilePlace& place) {
  Walk walk(place);
  TRY(walk.start());
  if (!place.varies) return walk.open(place.name);
  OpenedFile opened;
  TRY(for_each_component(place.name, [&](std::string_view component, bool is_last) -> base::Result<void> {
    const std::string name(component);
    if (name == "." || name == "..")
      return base::fail(base::Kind::cannot_create, "open " + place.path(), "no . and .. can follow a conversion");
    if (!is_last) return walk.enter(name);
    opened = TRY(walk.open(name));
    return {};
  }));
  return opened;
}

base::Result<DirectoryBelow> open_directory_below(const FilePlace& place) {
  Walk walk(place);
  TRY(walk.start());
  DirectoryBelow below{{}, place.name};
  if (place.varies)
    TRY(for_each_component(place.name, [&](std::string_view component, bool is_last) -> base::Result<void> {
      below.name = component;
      return is_last ? base::Result<void>() : walk.enter(below.name);
    }));
  below.fd = walk.take_directory();
  return below;
}

base::Result<void> check_fixed(const std::string& fixed) {
  const FilePlace place{.fixed = fixed, .name = {}, .varies = true};
  return Walk(place).start();
}

}  // namespace logsend
