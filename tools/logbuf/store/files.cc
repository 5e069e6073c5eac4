#include "tools/logbuf/store/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace logbuf {
namespace {

constexpr mode_t kOwnersAlone = S_IRUSR | S_IWUSR;
constexpr mode_t kGroupToo = kOwnersAlone | S_IRGRP | S_IWGRP;
constexpr mode_t kReadAndWrite = 0666;

bool allowed(const std::string& path, int how) {
  return ::faccessat(AT_FDCWD, path.c_str(), how, AT_EACCESS) == 0 || errno != EACCES;
}

}  // namespace

base::Result<base::Ownership> ownership_of_files(const std::string& directory) {
  base::Ownership files = TRY(base::ownership_of(directory));
  const auto data = base::ownership_of(directory + "/data.mdb");
  files.mode = data ? data->mode & kReadAndWrite : (files.mode & S_IWGRP) != 0 ? kGroupToo : kOwnersAlone;
  return files;
}

base::Result<base::Fd> open_or_make_file(const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name;
  for (;;) {
    base::Fd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (file || errno != ENOENT)
      return file ? base::Result<base::Fd>(std::move(file)) : base::fail_errno(errno, "open " + path);
    const base::Ownership ownership = TRY(ownership_of_files(directory));
    file = base::Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kOwnersAlone));
    if (!file && errno == EEXIST) continue;  // another process was faster
    if (!file) return base::fail_errno(errno, "create " + path);
    auto set = base::set_ownership(file.get(), ownership, path);
    if (set) return file;
    (void)::unlink(path.c_str());
    return tl::unexpected(std::move(set.error()));
  }
}

base::Result<void> set_directory_ownership(const std::string& path, const base::Ownership& ownership) {
  const base::Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return base::fail_errno(errno, "open " + path);
  return base::set_ownership(directory.get(), ownership, path);
}

base::Result<void> set_users(const std::string& fresh, const std::string& path, const std::string& model) {
  const auto replaced = base::ownership_of(path);
  if (replaced) return set_directory_ownership(fresh, *replaced);
  if (model.empty()) return {};
  TRY(set_directory_ownership(fresh, TRY(base::ownership_of(model))));
  const base::Fd data = TRY(open_or_make_file(fresh, "data.mdb"));
  return base::set_ownership(data.get(), TRY(ownership_of_files(model)), fresh + "/data.mdb");
}

tl::unexpected<base::Error> refused(const std::string& directory, bool to_write) {
  const auto error = [](const std::string& path) { return base::fail_errno(EACCES, "open " + path); };
  if (!allowed(directory + "/data.mdb", to_write ? R_OK | W_OK : R_OK)) return error(directory + "/data.mdb");
  for (const char* name : {"/lock.mdb", "/leases"})  // readers write there, too
    if (!allowed(directory + name, R_OK | W_OK)) return error(directory + name);
  return error(directory);
}

}  // namespace logbuf
