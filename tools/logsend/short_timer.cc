#include "tools/logsend/short_timer.h"

#include <sys/timerfd.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace logsend {
namespace {

void set(int fd, base::Duration after) {
  constexpr base::Duration kSecond = std::chrono::seconds(1);
  const itimerspec spec{.it_interval = {},
                        .it_value = {.tv_sec = after / kSecond, .tv_nsec = (after % kSecond).count()}};
  ::timerfd_settime(fd, 0, &spec, nullptr);  // also forgets an expiry, so that nobody needs to read it
}

}  // namespace

base::Result<ShortTimer> ShortTimer::create(event::Loop& loop, std::function<void()> callback) {
  base::Fd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!fd) return base::fail_errno(base::Kind::unavailable, errno, "create timer");
  return ShortTimer(loop, std::move(fd), std::move(callback));
}

ShortTimer::ShortTimer(event::Loop& loop, base::Fd fd, std::function<void()> callback)
    : fd_(std::move(fd)),
      expired_(loop, fd_.get(), event::Interest::read, [number = fd_.get(), callback = std::move(callback)] {
        set(number, base::Duration::zero());
        callback();
      }) {
  expired_.start();
}

void ShortTimer::start(base::Duration after) {
  set(fd_.get(), after);
  active_ = true;
}

void ShortTimer::stop() {
  if (std::exchange(active_, false)) set(fd_.get(), base::Duration::zero());
}

}  // namespace logsend
