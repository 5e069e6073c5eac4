#include "tools/logbuf/changes.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>

namespace logbuf {
namespace {

constexpr base::Duration kLater = std::chrono::milliseconds(100);

}  // namespace

base::Result<std::unique_ptr<Changes>> Changes::watch(event::Loop& loop, const std::string& directory,
                                                      std::function<void()> told) {
  base::Fd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify) return base::fail_errno(errno, "watch " + directory);
  constexpr std::uint32_t kGone = IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
  constexpr std::uint32_t kEvents = IN_MODIFY | IN_CLOSE_WRITE | kGone;
  for (const char* name : {"/leases", "/data.mdb"})
    if (::inotify_add_watch(inotify.get(), (directory + name).c_str(), kEvents) < 0)
      return base::fail_errno(errno, "watch " + directory + name);
  return std::unique_ptr<Changes>(new Changes(loop, std::move(inotify), std::move(told)));
}

Changes::Changes(event::Loop& loop, base::Fd inotify, std::function<void()> told)
    : inotify_(std::move(inotify)),
      told_(std::move(told)),
      watcher_(loop, inotify_.get(), event::Interest::read, [this] { drain(); }),
      later_(loop, [this] { tell(); }) {
  watcher_.start();
}

void Changes::drain() {
  char events[4096];
  while (::read(inotify_.get(), events, sizeof events) > 0) {
  }
  if (!later_.active()) later_.start(kLater);
  tell();
}

void Changes::tell() {
  changed_ = true;
  if (told_) told_();
}

}  // namespace logbuf
