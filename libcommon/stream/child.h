// A command that runs as this process's child, with pipes. Passive: the owner watches the descriptors.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "stream/handshake.h"

namespace stream {

// How a process ended.
struct ExitStatus {
  bool by_signal = false;
  int number = 0;  // exit status or signal

  [[nodiscard]] bool ok() const { return !by_signal && number == 0; }
  // "exited with status 66", "was killed by signal 9"
  [[nodiscard]] std::string text() const;
};

// What kind of failure an exit status (sysexits.h) stands for, where running the command again will not help.
std::optional<base::Kind> permanent_kind(const ExitStatus& status);

// An error where no executable file stands behind the command's first word, as Child::start() would give it.
base::Result<void> find_command(const std::vector<std::string>& command);

// For messages: the words of a command, shortened.
std::string command_text(const std::vector<std::string>& command);

class Child {
 public:
  // Of stdout: `diagnostics`: to stderr; `all_piped`: with stderr on the same pipe.
  enum class Output { inherited, piped, diagnostics, all_piped };
  // Process group: a terminal's ^C reaches only what shares this process's. `tied`: one of its own, and SIGTERM to the
  // child when the thread that started it ends, whatever ends it.
  enum class Group { shared, own, tied };
  // Variables that it gets beside this process's own; one without a value is not set, whatever this process has.
  using Environment = std::vector<std::pair<std::string, std::string>>;

  // Starts command[0], found in PATH, with its stdin on a pipe and stderr, unless that is piped, inherited. It gets no
  // other descriptor, the default action for every signal that is not ignored, and LOGPIPE only with an invitation. A
  // command that cannot be executed is an error here: Kind::unavailable.
  static base::Result<Child> start(const std::vector<std::string>& command, Output output,
                                   const std::optional<Invitation>& invitation, Group group = Group::shared,
                                   const Environment& environment = {});
  Child(Child&&) noexcept = default;
  Child& operator=(Child&&) noexcept = default;
  // Closes the pipes and collects a child that has ended; one that has not goes on by itself.
  ~Child();

  // The pipes' near ends, non-blocking; -1 when closed.
  [[nodiscard]] int input() const { return input_.get(); }
  [[nodiscard]] int output() const { return output_.get(); }
  void close_input() { input_.reset(); }
  void close_output() { output_.reset(); }

  // Readable from the moment the child has ended.
  [[nodiscard]] int ended() const { return process_.get(); }
  // Collects its status; nothing while it runs.
  std::optional<ExitStatus> collect();

  void send_signal(int number) const;
  // SIGKILL to it and to all that it started. Only for a child with a group of its own.
  void kill_group() const;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  Child() = default;

  pid_t pid_ = -1;
  bool collected_ = false;
  base::Fd process_;  // a pidfd
  base::Fd input_;
  base::Fd output_;
};

}  // namespace stream
