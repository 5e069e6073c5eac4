#include "tools/logtail/files/watcher.h"

#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/io.h"
#include "tools/logtail/files/names.h"

namespace logtail {
namespace {

constexpr base::Duration kLook = std::chrono::seconds(1);
constexpr std::uint32_t kNames =
    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::size_t kEvents = 64 << 10;

}  // namespace

base::Result<std::unique_ptr<Watcher>> Watcher::open(event::Loop& loop, base::Report report) {
  base::Fd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  const int error = errno;
  const bool limited = !inotify;
  if (limited) inotify = base::Fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));  // that nothing ever comes from
  if (!inotify) return base::fail_errno(errno, "watch files");
  std::unique_ptr<Watcher> watcher(new Watcher(loop, std::move(inotify), std::move(report)));
  if (limited) watcher->limit_reached(error);
  return watcher;
}

Watcher::Watcher(event::Loop& loop, base::Fd inotify, base::Report report)
    : inotify_(std::move(inotify)),
      report_(std::move(report)),
      readable_(loop, inotify_.get(), event::Interest::read,
                [this] {
                  readable_.stop();
                  pending_ = true;
                }),
      look_(loop, [this] { pending_ = look_due_ = true; }) {}

void Watcher::limit_reached(int error) {
  polling_ = true;
  if (std::exchange(told_, true)) return;
  const char* advice = error == ENOSPC ? "; raise fs.inotify.max_user_watches" : "";
  report_(base::Level::warning,
          "watch files: " + base::system_reason(error) + advice + "; looking at them each second instead");
}

int Watcher::watch_file(int fd) {
  // By descriptor, so that it is this file that is watched, whoever has its name by now.
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), IN_MODIFY);
  if (watch < 0) limit_reached(errno);
  return watch;
}

void Watcher::forget_file(int watch) {
  if (watch >= 0) (void)::inotify_rm_watch(inotify_.get(), watch);
}

bool Watcher::watch_directory(const std::string& path) {
  const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), kNames | (arrivals_ ? IN_CLOSE_WRITE : 0U));
  if (watch >= 0) {
    grown_ = directories_[watch].insert(path).second || grown_;
    watch_ancestors(path);
    return true;
  }
  if (errno == ENOENT || errno == ENOTDIR) return false;
  limit_reached(errno);
  return true;
}

void Watcher::watch_ancestors(std::string path) {
  while (path.find('/') != std::string::npos && path != "/") {
    path = directory_of(path);
    const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD);
    if (watch >= 0) directories_.try_emplace(watch);
  }
}

void Watcher::arm() {
  readable_.start();
  if (polling_ && !look_.active()) look_.start(kLook);
}

base::Result<void> Watcher::tell(Owner& owner) {
  pending_ = false;
  if (std::exchange(look_due_, false)) owner.all_changed();
  return drain(owner);
}

base::Result<void> Watcher::drain(Owner& owner) {
  alignas(inotify_event) std::array<char, kEvents> buffer;
  for (;;) {
    const base::Transfer got = TRY(base::read_some(inotify_.get(), buffer, "inotify"));
    if (got.bytes == 0) return {};
    for (std::size_t at = 0; at < got.bytes;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::string name = event.len > 0 ? buffer.data() + at + sizeof event : "";
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0)
        owner.all_changed();
      else if (directories_.contains(event.wd))
        tell_of_directory(owner, event.wd, event.mask, name);
      else
        owner.file_changed(event.wd);
    }
    if (got.bytes + sizeof(inotify_event) + 256 < buffer.size()) return {};
  }
}

void Watcher::tell_of_directory(Owner& owner, int watch, std::uint32_t mask, const std::string& name) {
  if (name.empty()) {
    owner.all_changed();
    if ((mask & IN_MOVE_SELF) != 0) (void)::inotify_rm_watch(inotify_.get(), watch);
    if ((mask & (IN_MOVE_SELF | IN_IGNORED)) != 0) directories_.erase(watch);
    return;
  }
  const bool is_directory = (mask & IN_ISDIR) != 0;
  const bool arrived = arrivals_ && !is_directory && (mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0;
  for (const std::string& directory : directories_.at(watch)) {
    if (arrived)
      owner.file_arrived(directory, name);
    else
      owner.name_changed(directory, name, is_directory);
  }
}

}  // namespace logtail
