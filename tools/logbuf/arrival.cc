#include "tools/logbuf/arrival.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/fd.h"

namespace logbuf {
namespace {

std::string directory_of(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0 || errno != ENOENT;
}

}  // namespace

// A buffer comes whole, by a rename into its directory.
base::Result<bool> wait_for_buffer(event::Loop& loop, const std::string& path, const base::Report& report) {
  if (exists(path)) return true;
  const std::string directory = directory_of(path);
  const base::Fd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify) return base::fail_errno(errno, "watch " + directory);
  if (::inotify_add_watch(inotify.get(), directory.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
    return base::fail_errno(base::Kind::no_input, errno, "wait for buffer " + path + " in " + directory);
  bool stopped = false;
  const event::Signal term(loop, SIGTERM, [&stopped] { stopped = true; });
  const event::Signal interrupt(loop, SIGINT, [&stopped] { stopped = true; });
  event::Io news(loop, inotify.get(), event::Interest::read, [&inotify] {
    char events[4096];
    while (::read(inotify.get(), events, sizeof events) > 0) {
    }
  });
  news.start();
  if (!exists(path)) report(base::Level::note, "wait for buffer " + path + ": it is not there yet");
  while (!stopped && !exists(path)) loop.wait();
  return !stopped;
}

}  // namespace logbuf
