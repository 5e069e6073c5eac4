#include "event/loop.h"

#include <ev.h>

#include <csignal>

namespace event {
namespace {

double seconds(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

struct Closer {
  void operator()(NativeLoop* loop) const noexcept { ev_loop_destroy(loop); }
};

// What has come while a time ran out is seen first, so that a slow process does not take its peer for silent.
constexpr int kTimerPriority = -1;

void ignore_timer(NativeLoop*, ev_timer*, int) noexcept {}

}  // namespace

struct Loop::Impl {
  std::unique_ptr<NativeLoop, Closer> loop;
  ev_timer limit;
};

base::Result<Loop> Loop::create() {
  auto impl = std::make_unique<Impl>();
  impl->loop.reset(ev_loop_new(EVFLAG_AUTO));
  if (!impl->loop)
    return base::fail(base::Kind::unavailable, "create event loop", "the system offers no way to wait for descriptors");
  ev_init(&impl->limit, ignore_timer);
  std::signal(SIGPIPE, SIG_IGN);
  return Loop(std::move(impl));
}

Loop::Loop(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Loop::Loop(Loop&&) noexcept = default;
Loop& Loop::operator=(Loop&&) noexcept = default;
Loop::~Loop() = default;

NativeLoop* Loop::native() const noexcept {
  return impl_->loop.get();
}

void Loop::wait(std::optional<base::Duration> timeout) {
  NativeLoop* loop = native();
  if (timeout && *timeout <= base::Duration::zero()) {
    ev_run(loop, EVRUN_NOWAIT);
    return;
  }
  if (timeout) {
    ev_now_update(loop);
    ev_timer_set(&impl_->limit, seconds(*timeout), 0.);
    ev_timer_start(loop, &impl_->limit);
  } else {
    // ev_run returns at once when nothing is watched; a timer that is far away keeps "for ever" true.
    ev_timer_set(&impl_->limit, 3600., 0.);
    ev_timer_start(loop, &impl_->limit);
  }
  ev_run(loop, EVRUN_ONCE);
  ev_timer_stop(loop, &impl_->limit);
}

struct Io::Impl {
  NativeLoop* loop;
  std::function<void()> callback;
  ev_io watcher;

  static void fired(NativeLoop*, ev_io* watcher, int) noexcept {
    const auto callback = static_cast<Impl*>(watcher->data)->callback;  // a copy: it may destroy its watcher
    callback();
  }
  ~Impl() { ev_io_stop(loop, &watcher); }
};

Io::Io(Loop& loop, int fd, Interest interest, std::function<void()> callback) : impl_(std::make_unique<Impl>()) {
  impl_->loop = loop.native();
  impl_->callback = std::move(callback);
  ev_io_init(&impl_->watcher, &Impl::fired, fd, interest == Interest::read ? EV_READ : EV_WRITE);
  impl_->watcher.data = impl_.get();
}
Io::Io(Io&&) noexcept = default;
Io& Io::operator=(Io&&) noexcept = default;
Io::~Io() = default;
void Io::start() {
  ev_io_start(impl_->loop, &impl_->watcher);
}
void Io::stop() {
  ev_io_stop(impl_->loop, &impl_->watcher);
}

struct Timer::Impl {
  NativeLoop* loop;
  std::function<void()> callback;
  ev_timer watcher;

  static void fired(NativeLoop*, ev_timer* watcher, int) noexcept {
    const auto callback = static_cast<Impl*>(watcher->data)->callback;
    callback();
  }
  ~Impl() { ev_timer_stop(loop, &watcher); }
};

Timer::Timer(Loop& loop, std::function<void()> callback) : impl_(std::make_unique<Impl>()) {
  impl_->loop = loop.native();
  impl_->callback = std::move(callback);
  ev_init(&impl_->watcher, &Impl::fired);
  ev_set_priority(&impl_->watcher, kTimerPriority);
  impl_->watcher.data = impl_.get();
}
Timer::Timer(Timer&&) noexcept = default;
Timer& Timer::operator=(Timer&&) noexcept = default;
Timer::~Timer() = default;
void Timer::start(base::Duration after) {
  ev_timer_stop(impl_->loop, &impl_->watcher);
  ev_now_update(impl_->loop);
  ev_timer_set(&impl_->watcher, seconds(after), 0.);
  ev_timer_start(impl_->loop, &impl_->watcher);
}
void Timer::stop() {
  ev_timer_stop(impl_->loop, &impl_->watcher);
}
bool Timer::active() const {
  return ev_is_active(&impl_->watcher);
}

struct Signal::Impl {
  NativeLoop* loop;
  std::function<void()> callback;
  ev_signal watcher;

  static void fired(NativeLoop*, ev_signal* watcher, int) noexcept {
    const auto callback = static_cast<Impl*>(watcher->data)->callback;
    callback();
  }
  ~Impl() { ev_signal_stop(loop, &watcher); }
};

Signal::Signal(Loop& loop, int number, std::function<void()> callback) : impl_(std::make_unique<Impl>()) {
  impl_->loop = loop.native();
  impl_->callback = std::move(callback);
  ev_signal_init(&impl_->watcher, &Impl::fired, number);
  impl_->watcher.data = impl_.get();
  ev_signal_start(impl_->loop, &impl_->watcher);
}
Signal::Signal(Signal&&) noexcept = default;
Signal& Signal::operator=(Signal&&) noexcept = default;
Signal::~Signal() = default;

}  // namespace event
