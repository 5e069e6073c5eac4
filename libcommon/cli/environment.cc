#include "cli/environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace cli {
namespace {

using base::Kind;
using base::Result;

constexpr int kFirstInherited = 3;      // SD_LISTEN_FDS_START
constexpr char kUnnamed[] = "unknown";  // sd_listen_fds_with_names(3)

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string taken = value == nullptr ? "" : value;
  ::unsetenv(name);
  return taken;
}

Result<std::uint64_t> number_in(const char* name, std::string_view text) {
  const auto number = base::parse_number(text);
  if (!number) return base::fail(Kind::config, std::string("read ") + name, number.error().why);
  return *number;
}

std::vector<std::string> split(std::string_view names) {
  std::vector<std::string> all;
  for (;;) {
    const std::size_t colon = names.find(':');
    all.emplace_back(names.substr(0, colon));
    if (colon == names.npos) return all;
    names.remove_prefix(colon + 1);
  }
}

}  // namespace

void fill_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // Takes the lowest number, which is fd. The wrong way round, so that using it is an error: an input that is closed
    // is not an empty one, and what is written to a closed output is not written.
    (void)::open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
  }
}

base::Result<std::optional<stream::Invitation>> take_invitation() {
  const char* value = std::getenv(stream::kEnvironmentName);
  if (value == nullptr) return std::optional<stream::Invitation>();
  auto invitation = stream::parse_invitation(value, static_cast<long>(::getpid()));
  ::unsetenv(stream::kEnvironmentName);
  return invitation;
}

Result<std::vector<std::string>> listen_names(std::string_view pid, std::string_view count, std::string_view names,
                                              long our_pid) {
  constexpr std::uint64_t kMost = 1024;
  std::vector<std::string> all;
  if (pid.empty() || count.empty()) return all;
  if (TRY(number_in("LISTEN_PID", pid)) != static_cast<std::uint64_t>(our_pid)) return all;
  const std::uint64_t wanted = TRY(number_in("LISTEN_FDS", count));
  if (wanted > kMost)
    return base::fail(Kind::config, "read LISTEN_FDS", "more than " + std::to_string(kMost) + " are too many");
  if (!names.empty()) all = split(names);
  if (!names.empty() && all.size() != wanted)
    return base::fail(Kind::config, "read LISTEN_FDNAMES",
                      "it has " + std::to_string(all.size()) + " names for " + std::to_string(wanted) + " descriptors");
  all.resize(static_cast<std::size_t>(wanted), kUnnamed);
  return all;
}

Result<base::Duration> watchdog_time(std::string_view microseconds, std::string_view pid, long our_pid) {
  constexpr std::uint64_t kLongest = std::uint64_t{1} << 53;  // some 285 years
  if (microseconds.empty()) return base::Duration::zero();
  if (!pid.empty() && TRY(number_in("WATCHDOG_PID", pid)) != static_cast<std::uint64_t>(our_pid))
    return base::Duration::zero();
  const std::uint64_t time = TRY(number_in("WATCHDOG_USEC", microseconds));
  if (time == 0 || time > kLongest) return base::fail(Kind::config, "read WATCHDOG_USEC", "it is no length of time");
  return base::Duration(std::chrono::microseconds(time));
}

Result<net::InheritedSockets> take_sockets() {
  const std::string pid = take_variable("LISTEN_PID");
  const std::string count = take_variable("LISTEN_FDS");
  const std::string names = take_variable("LISTEN_FDNAMES");
  net::InheritedSockets sockets;
  int number = kFirstInherited;
  for (std::string& name : TRY(listen_names(pid, count, names, ::getpid()))) {
    if (::fcntl(number, F_GETFD) < 0)
      return base::fail(Kind::config, "take inherited sockets",
                        "LISTEN_FDS is " + count + ", but descriptor " + std::to_string(number) + " is closed");
    sockets.add(base::Fd(number++), std::move(name));
  }
  return sockets;
}

Result<event::NotifyOptions> take_notify() {
  std::string socket = take_variable("NOTIFY_SOCKET");
  const std::string microseconds = take_variable("WATCHDOG_USEC");
  const std::string pid = take_variable("WATCHDOG_PID");
  const base::Duration watchdog = TRY(watchdog_time(microseconds, pid, ::getpid()));
  return event::NotifyOptions{std::move(socket), watchdog};
}

std::string journal_stream() {
  const char* value = std::getenv("JOURNAL_STREAM");
  return value == nullptr ? "" : value;
}

base::Result<void> close_stdout() {
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0;
  if (!flushed || std::ferror(stdout) != 0)
    return base::fail_errno(base::Kind::io, errno != 0 ? errno : EIO, "write stdout");
  // EBADF: the action closed it itself, and saw the result.
  if (::close(STDOUT_FILENO) != 0 && errno != EINTR && errno != EBADF)
    return base::fail_errno(base::Kind::io, errno, "write stdout");
  return {};
}

}  // namespace cli
