// Signals, as this thread sees them.
#pragma once

#include <csignal>

namespace base {

// While it lives, no signal interrupts this thread, nor those that it starts, nor the child that it forks.
class BlockedSignals {
 public:
  BlockedSignals();
  ~BlockedSignals();  // leaves errno as it is
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace base
