#include "stream/child.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/fd.h"
#include "base/io.h"
#include "stream/termination.h"

namespace {

using stream::Child;
using stream::ExitStatus;

Child shell(const std::string& script, const std::optional<stream::Invitation>& invitation = {}) {
  auto child = Child::start({"/bin/sh", "-c", script}, Child::Output::piped, invitation);
  REQUIRE(child);
  return std::move(*child);
}

void wait_for(int fd, short events) {
  pollfd entry{fd, events, 0};
  REQUIRE(::poll(&entry, 1, 60000) == 1);
}

ExitStatus status_of(Child& child) {
  wait_for(child.ended(), POLLIN);
  return child.collect().value();
}

std::string output_of(Child& child) {
  std::string output;
  for (;;) {
    char buffer[512];
    wait_for(child.output(), POLLIN);
    const auto got = base::read_some(child.output(), buffer, "child");
    REQUIRE(got);
    if (got->end) return output;
    output.append(buffer, got->bytes);
  }
}

}  // namespace

TEST_CASE("a child reads its stdin and answers on its stdout") {
  Child child = shell("read -r line; echo \"got $line\"");
  REQUIRE(base::write_all(child.input(), "hello\n", "child"));
  CHECK(output_of(child) == "got hello\n");
  CHECK(status_of(child).ok());
}

TEST_CASE("a child's exit status is told") {
  Child child = shell("exit 66");
  const ExitStatus status = status_of(child);
  CHECK_FALSE(status.ok());
  CHECK(status.number == 66);
  CHECK(status.text() == "exited with status 66");
}

TEST_CASE("a child that runs has no status yet") {
  Child child = shell("read -r line");
  CHECK_FALSE(child.collect());
}

TEST_CASE("a signal that killed a child is told") {
  Child child = shell("read -r line");
  child.send_signal(SIGKILL);
  const ExitStatus status = status_of(child);
  CHECK(status.by_signal);
  CHECK(status.text() == "was killed by signal 9");
}

TEST_CASE("a command that does not exist is an error at the start") {
  const auto child = Child::start({"/nonexistent/logbuff", "push"}, Child::Output::piped, {});
  REQUIRE_FALSE(child);
  CHECK(child.error().kind == base::Kind::unavailable);
  CHECK(child.error().text() == "start /nonexistent/logbuff: No such file or directory");
}

TEST_CASE("a command that may not be executed is an error at the start") {
  const auto child = Child::start({"/etc/passwd"}, Child::Output::inherited, {});
  REQUIRE_FALSE(child);
  CHECK(child.error().text() == "start /etc/passwd: Permission denied");
}

TEST_CASE("a child gets SIGPIPE back") {
  std::signal(SIGPIPE, SIG_IGN);
  Child child = shell("kill -PIPE $$; exit 0");
  CHECK(status_of(child).text() == "was killed by signal 13");
}

TEST_CASE("a child gets SIGXFSZ back") {
  std::signal(SIGXFSZ, SIG_IGN);
  Child child = shell("kill -XFSZ $$; exit 0");
  CHECK(status_of(child).text() == "was killed by signal 25");
}

TEST_CASE("a child that is terminated ends with what it has started") {
  Child child = shell("(trap '' TERM; sleep 1000 & echo $!; wait) & wait");
  wait_for(child.output(), POLLIN);
  char buffer[32];
  const auto got = base::read_some(child.output(), buffer, "child");
  REQUIRE(got);
  const int grandchild = std::stoi(std::string(buffer, got->bytes));
  REQUIRE(::kill(grandchild, 0) == 0);
  stream::terminate(child, std::chrono::milliseconds(50));
  wait_for(child.output(), POLLHUP);
  CHECK(output_of(child) == "");  // at its end: nobody has it open any more
}

TEST_CASE("a child starts with no signal blocked") {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, nullptr);
  Child child = shell("kill -TERM $$; exit 0");
  sigprocmask(SIG_UNBLOCK, &term, nullptr);
  CHECK(status_of(child).text() == "was killed by signal 15");
}

TEST_CASE("a child inherits stdin, stdout and stderr only") {
  Child sibling = shell("read -r line");
  Child child = shell("for fd in 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$fd ] && echo $fd; done; exit 0");
  CHECK(output_of(child) == "");
}

TEST_CASE("an invited child finds LOGPIPE with its own process id") {
  Child child = shell("[ \"$LOGPIPE\" = \"1 pid=$$ max=4096 origin=a b\" ] && echo yes",
                      stream::Invitation{.max_message = 4096, .origin = "a b"});
  CHECK(output_of(child) == "yes\n");
}

TEST_CASE("a child that is not invited finds no LOGPIPE") {
  ::setenv("LOGPIPE", "1 pid=1 max=1", 1);
  Child child = shell("echo \"${LOGPIPE-none}\"");
  ::unsetenv("LOGPIPE");
  CHECK(output_of(child) == "none\n");
}

TEST_CASE("exit statuses arrive also where SIGCHLD is ignored") {
  std::signal(SIGCHLD, SIG_IGN);
  Child child = shell("exit 3");
  CHECK(status_of(child).number == 3);
}

TEST_CASE("a long command is shortened for messages") {
  CHECK(stream::command_text({"logbuf", "push", "q"}) == "logbuf push q");
  CHECK(stream::command_text({"sh", "-c", "a\nb"}) == "sh -c a b");
  CHECK(stream::command_text({std::string(100, 'x')}) == std::string(57, 'x') + "...");
}

TEST_CASE("a child's stderr can be on the pipe of its stdout") {
  auto child = Child::start({"/bin/sh", "-c", "echo out; echo error >&2"}, Child::Output::all_piped, {});
  REQUIRE(child);
  CHECK(output_of(*child) == "out\nerror\n");
}

TEST_CASE("a tied child is told to end when the process that started it is killed") {
  const base::Pipe pipe = *base::open_pipe();
  const pid_t between = ::fork();
  if (between == 0) {
    const auto child =
        Child::start({"/bin/sh", "-c", "trap 'echo told; exit' TERM; echo ready; while :; do sleep 0.1; done"},
                     Child::Output::all_piped, {}, Child::Group::tied);
    std::string seen;
    char byte = 0;
    while (seen.find("ready") == std::string::npos && ::poll(nullptr, 0, 10) == 0)
      while (child && ::read(child->output(), &byte, 1) == 1) seen += byte;
    const pid_t number = child->pid();
    (void)!::write(pipe.write.get(), &number, sizeof number);
    ::pause();
  }
  pid_t tied = 0;
  REQUIRE(::read(pipe.read.get(), &tied, sizeof tied) == sizeof tied);
  const base::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, tied, 0)));
  ::kill(between, SIGKILL);
  wait_for(process.get(), POLLIN);
  CHECK(::waitpid(between, nullptr, 0) == between);
}
