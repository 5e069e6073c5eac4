// A timer for less than the millisecond that epoll, and with it event::Timer, counts in.
#pragma once

#include <functional>

#include "base/fd.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"

namespace logsend {

class ShortTimer {
 public:
  // The callback may start and stop the timer, and must not destroy it.
  static base::Result<ShortTimer> create(event::Loop& loop, std::function<void()> callback);

  // Calls back once, `after` (more than zero) from now. Starting a started timer moves it.
  void start(base::Duration after);
  void stop();

 private:
  ShortTimer(event::Loop& loop, base::Fd fd, std::function<void()> callback);
  base::Fd fd_;
  event::Io expired_;
  bool active_ = false;
};

}  // namespace logsend
