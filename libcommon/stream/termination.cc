#include "stream/termination.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"

namespace stream {
namespace {

using Family = std::map<pid_t, base::Fd>;  // pidfds: a number may be used again, they mean one process

// A shell waits for its commands, and does not pass signals on to them. Its process group is this process's own, so
// that what it asks on the terminal works: who belongs to it is read from /proc.
void add_descendants(pid_t process, Family& family) {
  std::error_code error;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task", error)) {
    std::ifstream children(thread.path() / "children");
    for (pid_t child = 0; children >> child;) {
      if (!family.contains(child))
        family.emplace(child, base::Fd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0))));
      add_descendants(child, family);
    }
  }
}

void signal_all(Child& child, Family& family, int number) {
  add_descendants(child.pid(), family);
  child.send_signal(number);
  child.send_signal(SIGCONT);  // one that is stopped ends only then
  for (const auto& [process, fd] : family) {
    (void)::syscall(SYS_pidfd_send_signal, fd.get(), number, nullptr, 0);
    (void)::syscall(SYS_pidfd_send_signal, fd.get(), SIGCONT, nullptr, 0);
  }
}

bool has_ended(int process) {
  pollfd entry{process, POLLIN, 0};
  return process < 0 || ::poll(&entry, 1, 0) > 0;
}

// True: all have ended.
bool wait_for(const Child& child, const Family& family, base::Duration longest) {
  const base::Instant end = base::now() + longest;
  for (;;) {
    std::vector<pollfd> alive;
    const auto add = [&alive](int process) {
      if (!has_ended(process)) alive.push_back({process, POLLIN, 0});
    };
    add(child.ended());
    for (const auto& [process, fd] : family) add(fd.get());
    if (alive.empty()) return true;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - base::now());
    if (left <= std::chrono::milliseconds::zero()) return false;
    (void)::poll(alive.data(), alive.size(), static_cast<int>(left.count()));
  }
}

}  // namespace

void terminate(Child& child, base::Duration grace) {
  constexpr base::Duration kKillTime = std::chrono::seconds(1);  // a process in the middle of disk I/O dies later
  Family family;
  child.close_input();
  signal_all(child, family, SIGTERM);
  if (!wait_for(child, family, grace)) {
    signal_all(child, family, SIGKILL);
    (void)wait_for(child, family, kKillTime);
  }
  (void)child.collect();
}

}  // namespace stream
