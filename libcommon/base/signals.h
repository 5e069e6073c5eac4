// Signals, as this thread sees them.
#pragma once

#include <csignal>

namespace base {

// While it lives, no signal interrupts this thread, nor those that it starts, nor the child that it forks. Except those
// that the thread's own instructions cause, as SIGBUS: where they are blocked they end the process, whoever handles
// them.
class BlockedSignals {
 public:
  BlockedSignals();
  ~BlockedSignals();  // leaves errno as it is
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

// Undoes what a parent may have left: a signal that it blocked would never arrive. A reader that is gone and a file
// that may not grow are errors of write(2), with a message and an exit status, and no deaths (SIGPIPE, SIGXFSZ).
void set_up_signals();

}  // namespace base
