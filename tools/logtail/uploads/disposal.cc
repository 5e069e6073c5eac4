#include "tools/logtail/uploads/disposal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/rename.h"
#include "tools/logtail/files/names.h"

namespace logtail {
namespace {

using base::Fd;
using base::Result;

constexpr int kMostNames = 1000;  // tried for one file
constexpr std::size_t kMostUnsynced = 64;

}  // namespace

Result<After> parse_after(const std::string& text) {
  constexpr std::string_view kMove = "move:";
  if (text == "delete") return After{After::Kind::erase, {}};
  if (text == "keep") return After{After::Kind::keep, {}};
  if (text.starts_with(kMove) && text.size() > kMove.size()) return After{After::Kind::move, text.substr(kMove.size())};
  return base::fail(base::Kind::usage, "", "'" + text + "' is not delete, keep or move:DIRECTORY");
}

Result<Disposal> Disposal::open(After after, const std::vector<Tree>& trees) {
  Disposal disposal(std::move(after));
  if (disposal.after_.kind != After::Kind::move) return disposal;
  const std::string& directory = disposal.after_.directory;
  disposal.target_ = Fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat target {};
  if (!disposal.target_ || ::fstat(disposal.target_.get(), &target) != 0)
    return base::fail_errno(errno, "open directory " + directory);
  for (const Tree& tree : trees) {
    struct stat source {};
    if (::stat(tree.root().c_str(), &source) != 0) continue;
    if (source.st_dev != target.st_dev)
      return base::fail(
          base::Kind::usage, "--after move:" + directory,
          "it is on another file system than " + tree.root() + ", so that a file cannot be renamed to it");
    if (source.st_ino == target.st_ino || is_read(tree, directory))
      return base::fail(base::Kind::usage, "--after move:" + directory,
                        "files that are moved there would be read again; a directory whose name begins with a dot "
                        "is not searched");
  }
  return disposal;
}

// It is below the root, and so are only directories that are searched.
bool Disposal::is_read(const Tree& tree, const std::string& directory) {
  std::error_code error;
  const auto root = std::filesystem::canonical(tree.root(), error);
  const auto inside = std::filesystem::canonical(directory, error).lexically_relative(root);
  if (error || inside.empty()) return false;
  std::string path = tree.root();
  return std::all_of(inside.begin(), inside.end(), [&](const auto& part) {
    path += "/" + part.string();
    return part != ".." && tree.is_searched(path);
  });
}

Result<Disposal::Outcome> Disposal::dispose(const Tree& tree, const std::string& path, const Version& version) {
  if (keeps()) return Outcome::done;
  const auto fd = tree.open(path);
  if (!fd &&
      (fd.error().code == ENOENT || fd.error().code == ENOTDIR || fd.error().code == ELOOP || fd.error().code == 0))
    return Outcome::missing;
  if (!fd) return tl::unexpected(fd.error());
  // Whoever opens it for writing while the lease is held waits for its end.
  const bool leased = ::fcntl(fd->get(), F_SETLEASE, F_RDLCK) == 0;
  if (!leased && errno == EAGAIN) return Outcome::written;
  const Version now = TRY(version_of(fd->get(), path));
  if (!now.is_same_file(version)) return Outcome::missing;
  if (now != version) return Outcome::changed;
  const Fd directory = TRY(tree.open_directory_of(path));
  if (after_.kind == After::Kind::move) {
    TRY(move(directory, tree, path));
  } else if (::unlinkat(directory.get(), name_in(path).c_str(), 0) != 0) {
    if (errno == ENOENT) return Outcome::missing;
    return base::fail_errno(errno, "remove " + path);
  }
  TRY(to_sync(true, directory, directory_of(path)));
  return Outcome::done;
}

// To the same place below the target as it had below the root; NAME.1, NAME.2 ... where there is one already. If it is
// left with both names, it is found again, and is not read twice.
Result<void> Disposal::move(const Fd& from, const Tree& tree, const std::string& path) {
  const std::string below = tree.below_root(path);
  const Fd to = TRY(enter_target(below));
  const std::string name = name_in(path);
  int error = EEXIST;
  for (int number = 0; error == EEXIST && number < kMostNames; ++number)
    error =
        base::rename_to_free_name(from.get(), name, to.get(), number == 0 ? name : name + "." + std::to_string(number));
  if (error != 0) return base::fail_errno(error, "move " + path + " to " + after_.directory);
  return to_sync(false, to, after_.directory + "/" + directory_of(below));
}

Result<Fd> Disposal::enter_target(const std::string& below) {
  Fd at(::fcntl(target_.get(), F_DUPFD_CLOEXEC, 0));
  if (!at) return base::fail_errno(errno, "open directory " + after_.directory);
  std::string passed = after_.directory;
  std::string_view rest = below;
  for (std::size_t slash = rest.find('/'); slash != rest.npos; slash = rest.find('/')) {
    const std::string name(rest.substr(0, slash));
    rest.remove_prefix(slash + 1);
    Fd next = TRY(enter_directory(at, name, true));
    TRY(to_sync(false, at, passed));
    passed += "/" + name;
    at = std::move(next);
  }
  return at;
}

Result<void> Disposal::to_sync(bool source, const Fd& directory, const std::string& name) {
  if (unsynced_.contains({source, name})) return {};
  if (unsynced_.size() >= kMostUnsynced) TRY(sync());
  Fd copy(::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) return base::fail_errno(errno, "sync directory " + name);
  unsynced_.emplace(std::pair(source, name), std::move(copy));
  return {};
}

Result<void> Disposal::sync() {
  for (const auto& [key, directory] : unsynced_)
    if (::fsync(directory.get()) != 0 && errno != EINVAL)
      return base::fail_errno(errno, "sync directory " + key.second);
  unsynced_.clear();
  return {};
}

}  // namespace logtail
