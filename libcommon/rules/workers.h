// Threads that process jobs, each with a Processor of its own. Jobs come back in the order in which they were handed
// in. Bounded: no more than two for each thread. All calls are from the thread of the loop; the jobs that are handed in
// are nobody else's until they come back.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "event/loop.h"
#include "rules/job.h"

namespace rules {

class Workers {
 public:
  // A thread for each Processor that `make` makes; what it reports later, on any thread, is kept for take_reports().
  using Make = std::function<base::Result<Processor>(const base::Report& report)>;
  static base::Result<std::unique_ptr<Workers>> start(event::Loop& loop, unsigned threads, const Make& make);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  // Waits for the jobs that are being processed; the others are dropped.
  ~Workers();

  [[nodiscard]] bool idle() const { return entries_.empty(); }
  [[nodiscard]] bool full() const { return entries_.size() >= 2 * threads_.size(); }

  // Only while not full.
  void hand_in(std::unique_ptr<Job> job);
  // The oldest job, when it is done; else null.
  std::unique_ptr<Job> take();
  // The loop wakes up when the oldest job is done.
  void wake_when_done() { readable_.start(); }

  // Of what no job is the reason.
  [[nodiscard]] Reports take_reports();

  // Reads the rules of all processors again, as soon as nothing is being processed; waits for that. The first error.
  base::Result<void> reopen();

 private:
  struct Entry {
    std::unique_ptr<Job> job;
    bool done = false;
  };

  Workers(event::Loop& loop, base::Fd told);
  base::Result<void> start_threads();
  void work(Processor& processor);

  std::vector<Processor> processors_;
  base::Fd told_;  // an eventfd: the oldest job is done
  event::Io readable_;

  std::mutex reports_mutex_;
  Reports reports_;

  std::mutex mutex_;
  std::condition_variable handed_in_;  // or stopping_
  std::condition_variable idle_;       // nothing is being processed
  std::deque<Entry> entries_;          // in order; only this thread adds and removes, under the mutex
  std::size_t waiting_ = 0;            // of these, the last ones, which nobody works at yet
  std::size_t working_ = 0;            // of these
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rules
