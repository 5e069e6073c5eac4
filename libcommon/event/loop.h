// The event loop: libev behind three small watchers. Single-threaded; watchers must not outlive their loop.
//
// Owners keep their state in plain objects and drive the loop themselves: do what can be done, then wait().
// Callbacks run inside wait(), and may start, stop and destroy any watcher, their own included.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"
#include "base/units.h"

struct ev_loop;

namespace event {

using NativeLoop = struct ev_loop;

class Loop {
 public:
  static base::Result<Loop> create();
  Loop(Loop&&) noexcept;
  Loop& operator=(Loop&&) noexcept;
  ~Loop();

  // Runs the callbacks of what happened; waits for something to happen, at most `timeout` (none: for ever; zero: not at
  // all).
  void wait(std::optional<base::Duration> timeout = {});

  // The libev loop, for adapters of other libraries.
  [[nodiscard]] NativeLoop* native() const noexcept;

 private:
  struct Impl;
  explicit Loop(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

enum class Interest { read, write };

// Calls back while a descriptor is readable (or writable) and the watcher is started. Starts stopped.
class Io {
 public:
  Io(Loop& loop, int fd, Interest interest, std::function<void()> callback);
  Io(Io&&) noexcept;
  Io& operator=(Io&&) noexcept;
  ~Io();
  void start();
  void stop();
  void set(bool active) { active ? start() : stop(); }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Calls back once, `after` from now. Starting a started timer moves it.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> callback);
  Timer(Timer&&) noexcept;
  Timer& operator=(Timer&&) noexcept;
  ~Timer();
  void start(base::Duration after);
  void stop();
  [[nodiscard]] bool active() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Calls back when the process receives the signal. SIGPIPE is ignored by every Loop; children get it back
// (stream/child.h).
class Signal {
 public:
  Signal(Loop& loop, int number, std::function<void()> callback);
  Signal(Signal&&) noexcept;
  Signal& operator=(Signal&&) noexcept;
  ~Signal();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace event
