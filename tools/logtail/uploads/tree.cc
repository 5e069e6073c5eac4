#include "tools/logtail/uploads/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/directory.h"
#include "tools/logtail/files/names.h"

namespace logtail {
namespace {

using base::Fd;
using base::Result;

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

Tree::EntryKind kind_of(int directory, const dirent& entry) {
  const unsigned char type = entry.d_type;
  if (type == DT_REG) return Tree::EntryKind::file;
  if (type == DT_DIR) return Tree::EntryKind::directory;
  if (type == DT_LNK) return Tree::EntryKind::link;
  struct stat status {};
  if (type != DT_UNKNOWN || ::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return Tree::EntryKind::other;
  return S_ISREG(status.st_mode)   ? Tree::EntryKind::file
         : S_ISDIR(status.st_mode) ? Tree::EntryKind::directory
         : S_ISLNK(status.st_mode) ? Tree::EntryKind::link
                                   : Tree::EntryKind::other;
}

}  // namespace

bool is_unfinished_name(std::string_view name) {
  constexpr std::array<std::string_view, 3> kSuffixes = {".part", ".tmp", ".filepart"};
  return name.starts_with('.') ||
         std::any_of(kSuffixes.begin(), kSuffixes.end(), [name](auto suffix) { return name.ends_with(suffix); });
}

Result<Fd> enter_directory(const Fd& from, const std::string& name, bool make) {
  if (make && ::mkdirat(from.get(), name.c_str(), 0777) != 0 && errno != EEXIST)
    return base::fail_errno(errno, "make directory " + name);
  Fd directory(::openat(from.get(), name.c_str(), kOpenDirectory | O_NOFOLLOW));
  if (!directory) return base::fail_errno(errno, "open directory " + name);
  return directory;
}

Tree::Tree(const std::string& argument, bool recursive) : root_(without_last_slash(argument)), recursive_(recursive) {
  const std::string name = name_in(root_);
  if (argument.ends_with('/') || is_directory(root_) || !has_wildcard(name)) return;
  pattern_ = name;
  root_ = directory_of(root_);
}

std::uint64_t Tree::device() const {
  struct stat status {};
  return ::stat(root_.c_str(), &status) == 0 ? status.st_dev : 0;
}

Result<std::vector<Tree::Entry>> Tree::list(const std::string& directory) const {
  std::vector<Entry> entries;
  Fd fd = TRY(open_directory(directory));
  TRY(base::each_entry(std::move(fd), "read directory " + directory, [&](int opened, const dirent& entry) {
    std::string path = (directory == "/" ? "" : directory) + "/" + entry.d_name;
    const EntryKind kind = kind_of(opened, entry);
    if (kind == EntryKind::directory ? is_searched(path) : is_wanted(path)) entries.push_back({std::move(path), kind});
  }));
  std::sort(entries.begin(), entries.end(), [](const Entry& one, const Entry& other) { return one.path < other.path; });
  return entries;
}

bool Tree::is_wanted(const std::string& path) const {
  if (!covers(path)) return false;
  const std::string name = name_in(path);
  if (is_unfinished_name(name)) return false;
  if (!recursive_ && directory_of(path) != root_) return false;
  return pattern_.empty() || ::fnmatch(pattern_.c_str(), name.c_str(), FNM_PERIOD) == 0;
}

bool Tree::is_searched(const std::string& directory) const {
  return directory == root_ || (recursive_ && covers(directory) && !name_in(directory).starts_with('.'));
}

bool Tree::covers(const std::string& path) const {
  return root_ == "/" || (path.size() > root_.size() && path.starts_with(root_) && path[root_.size()] == '/');
}

std::string Tree::below_root(const std::string& path) const {
  return path.substr(root_ == "/" ? 1 : root_.size() + 1);
}

Result<Fd> Tree::open_directory(const std::string& directory) const {
  Fd fd(::open(root_.c_str(), kOpenDirectory));
  if (!fd) return base::fail_errno(errno, "open directory " + root_);
  if (directory == root_) return fd;
  std::string rest = below_root(directory);
  while (!rest.empty()) {
    const std::string name = rest.substr(0, rest.find('/'));
    rest.erase(0, std::min(name.size() + 1, rest.size()));
    fd = TRY(enter_directory(fd, name, false));
  }
  return fd;
}

Result<Fd> Tree::open_directory_of(const std::string& path) const {
  return open_directory(directory_of(path));
}

Result<Fd> Tree::open(const std::string& path) const {
  const Fd directory = TRY(open_directory_of(path));
  // O_NONBLOCK: a named pipe must not wait.
  Fd fd(::openat(directory.get(), name_in(path).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd) return base::fail_errno(errno, "read " + path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return base::fail_errno(errno, "read " + path);
  if (!S_ISREG(status.st_mode)) return base::fail(base::Kind::no_input, "read " + path, "it is not a regular file");
  return fd;
}

}  // namespace logtail
