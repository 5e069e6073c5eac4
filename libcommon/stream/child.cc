#include "stream/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <span>

#include "base/fd.h"
#include "base/io.h"
#include "base/signals.h"

namespace stream {
namespace {

constexpr std::size_t kCommandText = 60;

// What the child process needs between fork and exec.
struct Launch {
  std::vector<char*> arguments;
  const std::optional<Invitation>& invitation;
  const Child::Environment& environment;
  int input = -1;
  int output = -1;          // -1: inherited
  int error = -1;           // where errno of a failed exec goes
  bool errors_too = false;  // stderr goes where stdout does
  bool own_group = false;
  pid_t tied_to = 0;  // the process that it does not outlive; 0: none
};

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0) continue;
    const bool our_own = number == SIGPIPE || number == SIGXFSZ;    // base::set_up_signals()
    const bool ignored = action.sa_handler == SIG_IGN && !our_own;  // nohup's SIGHUP stays ignored
    if (!ignored) (void)std::signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Out of the way of 0, 1 and 2, which may be closed in this process and so be any pipe's number.
int above_stdio(int fd) {
  return fd < 0 ? fd : ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

// Runs in the child. The parent's loop has forked, and beside it there may only be who asks the resolver
// (net/lookup.h) and who processes messages (rules/workers.h). They hold nothing that is needed here, and libc makes
// its own locks free in the child: so setenv and execvp are allowed.
[[noreturn]] void launch(const Launch& how) {
  reset_signals();
  if (how.own_group) (void)::setpgid(0, 0);
  if (how.tied_to != 0) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != how.tied_to) ::_exit(127);  // it has ended already
  }
  const int error = above_stdio(how.error);
  const int input = above_stdio(how.input);
  const int output = above_stdio(how.output);
  if (how.invitation)
    ::setenv(kEnvironmentName, format_invitation(*how.invitation, ::getpid()).c_str(), 1);
  else
    ::unsetenv(kEnvironmentName);
  for (const auto& [name, value] : how.environment)
    (void)(value.empty() ? ::unsetenv(name.c_str()) : ::setenv(name.c_str(), value.c_str(), 1));
  if (::dup2(input, STDIN_FILENO) >= 0 && (how.output < 0 || ::dup2(output, STDOUT_FILENO) >= 0) &&
      (!how.errors_too || ::dup2(output, STDERR_FILENO) >= 0)) {
    base::restore_descriptor_limit();  // now that no more are made: numbers over it are in use until exec closes them
    ::execvp(how.arguments[0], how.arguments.data());
  }
  const int code = errno;
  (void)!::write(error, &code, sizeof code);
  ::_exit(127);
}

// Signals wait during the fork: the child must not run this process's handlers.
pid_t fork_quietly(const Launch& how) {
  const base::BlockedSignals in_the_child_too;
  const pid_t pid = ::fork();
  if (pid == 0) launch(how);
  return pid;
}

// glibc 2.36 declares pidfd_open() without C linkage, so that C++ cannot call it.
int open_process(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

// Where SIGCHLD is ignored, which a parent may hand down, the kernel throws exit statuses away.
void keep_exit_statuses() {
  struct sigaction action {};
  if (::sigaction(SIGCHLD, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) (void)std::signal(SIGCHLD, SIG_DFL);
}

base::Result<void> set_nonblocking(const base::Fd& fd, const std::string& what) {
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) return base::fail_errno(base::Kind::io, errno, what);
  return {};
}

// Waits until the child has executed its command or failed to; the errno, or 0.
base::Result<int> exec_error(const base::Fd& from, const std::string& what) {
  int code = 0;
  const auto bytes = std::span(reinterpret_cast<char*>(&code), sizeof code);
  const base::Transfer got = TRY(base::read_some(from.get(), bytes, what));
  return got.end ? 0 : code;
}

}  // namespace

std::string ExitStatus::text() const {
  return (by_signal ? "was killed by signal " : "exited with status ") + std::to_string(number);
}

std::optional<base::Kind> permanent_kind(const ExitStatus& status) {
  if (status.by_signal) return {};
  switch (status.number) {
    case 64:
      return base::Kind::usage;
    case 65:
      return base::Kind::data;
    case 66:
      return base::Kind::no_input;
    case 70:
      return base::Kind::internal;
    case 73:
      return base::Kind::cannot_create;
    case 76:
      return base::Kind::protocol;
    case 77:
      return base::Kind::permission;
    case 78:
      return base::Kind::config;
    case 126:  // the shell's: it could not execute the command
    case 127:  // or not find it
      return base::Kind::unavailable;
    default:
      return {};
  }
}

// As execvp() looks for it.
base::Result<void> find_command(const std::vector<std::string>& command) {
  const std::string& name = command[0];
  const char* path = std::getenv("PATH");
  std::string_view folders = path != nullptr ? path : "/bin:/usr/bin";
  if (name.find('/') != std::string::npos) folders = "";
  int code = ENOENT;
  for (;;) {
    const std::string_view folder = folders.substr(0, folders.find(':'));
    std::string file(folder);
    if (!folder.empty()) file += '/';
    file += name;
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0) {
      if (S_ISREG(status.st_mode) && ::access(file.c_str(), X_OK) == 0) return {};
      code = EACCES;
    }
    if (folder.size() == folders.size()) break;
    folders.remove_prefix(folder.size() + 1);
  }
  return base::fail_errno(base::Kind::unavailable, code, "start " + name);
}

std::string command_text(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  if (text.size() > kCommandText) {
    text.resize(kCommandText - 3);
    text += "...";
  }
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';  // a message is one line
  return text;
}

base::Result<Child> Child::start(const std::vector<std::string>& command, Output output,
                                 const std::optional<Invitation>& invitation, Group group,
                                 const Environment& environment) {
  const std::string what = "start " + command[0];
  Launch how{{}, invitation, environment};
  how.own_group = group != Group::shared;
  how.errors_too = output == Output::all_piped;
  if (group == Group::tied) how.tied_to = ::getpid();
  for (const std::string& word : command) how.arguments.push_back(const_cast<char*>(word.c_str()));
  how.arguments.push_back(nullptr);
  base::Pipe input = TRY(base::open_pipe());
  base::Pipe error = TRY(base::open_pipe());
  base::Pipe results;
  how.input = input.read.get();
  how.error = error.write.get();
  Child child;
  if (output == Output::diagnostics) how.output = STDERR_FILENO;
  if (output == Output::piped || output == Output::all_piped) {
    results = TRY(base::open_pipe());
    how.output = results.write.get();
    TRY(set_nonblocking(results.read, what));
    child.output_ = std::move(results.read);
  }
  TRY(set_nonblocking(input.write, what));
  child.input_ = std::move(input.write);

  keep_exit_statuses();
  child.pid_ = fork_quietly(how);
  if (child.pid_ < 0) return base::fail_errno(base::Kind::unavailable, errno, what);
  child.process_ = base::Fd(open_process(child.pid_));
  if (!child.process_) return base::fail_errno(base::Kind::unavailable, errno, what);
  error.write.reset();
  const int code = TRY(exec_error(error.read, what));
  if (code != 0) {
    (void)::waitpid(child.pid_, nullptr, 0);
    return base::fail_errno(base::Kind::unavailable, code, what);
  }
  return child;
}

Child::~Child() {
  (void)collect();
}

std::optional<ExitStatus> Child::collect() {
  if (!process_ || collected_) return {};
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(process_.get()), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0)
    return {};
  collected_ = true;
  return ExitStatus{info.si_code != CLD_EXITED, info.si_status};
}

void Child::send_signal(int number) const {
  if (process_ && !collected_) (void)::syscall(SYS_pidfd_send_signal, process_.get(), number, nullptr, 0);
}

void Child::kill_group() const {
  if (process_ && !collected_) (void)::kill(-pid_, SIGKILL);
}

}  // namespace stream
