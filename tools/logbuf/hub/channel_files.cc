#include "tools/logbuf/hub/channel_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>

#include "base/directory.h"
#include "base/io.h"
#include "base/ownership.h"

namespace logbuf {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;
constexpr std::string_view kNew = ".new-";
constexpr std::string_view kDeleted = ".deleted-";

base::Result<void> each_name(const std::string& root, const std::function<void(const std::string& name)>& visit) {
  base::Fd directory(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return base::fail_errno(errno, "read channels " + root);
  return base::each_entry(std::move(directory), "read channels " + root,
                          [&visit](int, const dirent& entry) { visit(entry.d_name); });
}

base::Result<void> write_file(const std::string& path, const std::string& text, const std::string& model) {
  base::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return base::fail_errno(base::Kind::io, errno, "write " + path);
  if (const auto ownership = base::ownership_of(model)) TRY(base::set_ownership(file.get(), *ownership, path));
  TRY(base::write_all(file.get(), text, path));
  if (::fsync(file.get()) != 0) return base::fail_errno(base::Kind::io, errno, "sync " + path);
  return file.close(path);
}

base::Result<void> rename_synced(const std::string& from, const std::string& to, const std::string& directory) {
  if (::rename(from.c_str(), to.c_str()) != 0) return base::fail_errno(base::Kind::io, errno, "rename " + from);
  return base::sync_directory(directory);
}

base::Result<std::string> new_directory(const std::string& prefix) {
  std::string path = prefix + "XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return base::fail_errno(base::Kind::io, errno, "create " + path);
  return path;
}

// What is left after a failure is removed at the next start.
void remove_all(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

base::Result<void> write_new(const std::string& root, const std::string& id, const std::string& text) {
  const std::string fresh = TRY(new_directory(root + "/" + std::string(kNew)));
  auto written = write_file(fresh + "/channel.json", text, {});
  if (written) written = base::sync_directory(fresh);
  if (written) written = rename_synced(fresh, root + "/" + id, root);
  if (!written) remove_all(fresh);
  return written;
}

}  // namespace

base::Result<ChannelFiles> ChannelFiles::open(std::string root) {
  while (root.size() > 1 && root.back() == '/') root.pop_back();
  if (::mkdir(root.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return base::fail_errno(base::Kind::cannot_create, errno, "create " + root);
  base::Fd lock(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock) return base::fail_errno(errno, "open " + root);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return base::fail(base::Kind::temporary, "serve channels " + root, "another process serves them");
  ChannelFiles files(std::move(root), std::move(lock));
  TRY(files.remove_leftovers());
  return files;
}

base::Result<void> ChannelFiles::remove_leftovers() const {
  std::vector<std::string> leftovers;
  TRY(each_name(root_, [&leftovers](const std::string& name) {
    if (name.starts_with(kNew) || name.starts_with(kDeleted)) leftovers.push_back(name);
  }));
  for (const std::string& name : leftovers) remove_all(root_ + "/" + name);
  return {};
}

base::Result<std::vector<std::string>> ChannelFiles::list() const {
  std::vector<std::string> ids;
  TRY(each_name(root_, [&ids, this](const std::string& name) {
    if (!hub::is_channel_id(name)) return;
    const bool is_missing = ::access(file_of(name).c_str(), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
    if (!is_missing) ids.push_back(name);
  }));
  std::ranges::sort(ids);
  return ids;
}

http::FileStamp ChannelFiles::stamp(const std::string& id) const {
  return http::FileStamp::of(file_of(id));
}

base::Result<StoredChannel> ChannelFiles::read(const std::string& id) const {
  const http::FileStamp stamp = this->stamp(id);
  const std::string text = TRY(base::read_file(file_of(id), kLargestFile, "read " + file_of(id)));
  auto channel = hub::decode(id, text);
  if (!channel) return base::fail(channel.error().kind, "read " + file_of(id), channel.error().why);
  return StoredChannel{std::move(*channel), stamp};
}

base::Result<std::optional<http::FileStamp>> ChannelFiles::write(const hub::Channel& channel,
                                                                 const http::FileStamp& known) const {
  const std::string file = file_of(channel.id);
  const std::string text = hub::encode(channel);
  if (stamp(channel.id) != known) return std::optional<http::FileStamp>();
  if (known == http::FileStamp()) {
    TRY(write_new(root_, channel.id, text));
    return std::optional(stamp(channel.id));
  }
  TRY(write_file(file + ".new", text, file));
  if (stamp(channel.id) != known) return std::optional<http::FileStamp>();
  TRY(rename_synced(file + ".new", file, root_ + "/" + channel.id));
  return std::optional(stamp(channel.id));
}

base::Result<void> ChannelFiles::remove(const std::string& id) const {
  const std::string away = TRY(new_directory(root_ + "/" + std::string(kDeleted)));
  auto renamed = rename_synced(root_ + "/" + id, away, root_);
  remove_all(away);
  return renamed;
}

}  // namespace logbuf
