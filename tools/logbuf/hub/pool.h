// Threads that do what blocks: commits, reads, changes of files. All calls are from the loop's thread. Who hands work
// in takes care that two pieces of work that run together have nothing in common.
//
// Work may take for ever, as when it waits for a lock of a process that was stopped. Where other work has waited for a
// second because of that, there is one more thread; up to eight times as many as there were.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "event/loop.h"

namespace logbuf {

class Pool {
 public:
  static base::Result<std::unique_ptr<Pool>> start(event::Loop& loop, std::size_t threads);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  // Waits for the work that is being done; the rest is dropped.
  ~Pool();

  // Does `work` on a thread, in the order of the calls as far as there are threads for it, and calls `done` inside
  // Loop::wait after that.
  using Work = std::function<void()>;
  void run(Work work, Work done);

 private:
  struct Job {
    Work work;
    Work done;
    base::Instant since;  // handed in
  };

  Pool(event::Loop& loop, base::Fd told);
  base::Result<void> start_threads(std::size_t count);
  void look_for_stuck();
  void work();
  void tell();

  base::Fd told_;  // an eventfd: something is done
  event::Io readable_;
  event::Timer look_;
  std::size_t most_threads_ = 0;

  std::mutex mutex_;
  std::condition_variable handed_in_;  // or stopping_
  std::deque<Job> waiting_;
  std::vector<Job> done_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace logbuf
