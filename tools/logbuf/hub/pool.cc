#include "tools/logbuf/hub/pool.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/signals.h"

namespace logbuf {
namespace {

constexpr base::Duration kPatience = std::chrono::seconds(1);
constexpr std::size_t kMostMore = 8;  // times as many threads

}  // namespace

Pool::Pool(event::Loop& loop, base::Fd told)
    : told_(std::move(told)),
      readable_(loop, told_.get(), event::Interest::read, [this] { tell(); }),
      look_(loop, [this] { look_for_stuck(); }) {
  readable_.start();
}

base::Result<std::unique_ptr<Pool>> Pool::start(event::Loop& loop, std::size_t threads) {
  base::Fd told(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!told) return base::fail_errno(errno, "start threads");
  std::unique_ptr<Pool> pool(new Pool(loop, std::move(told)));
  pool->most_threads_ = kMostMore * threads;
  TRY(pool->start_threads(threads));
  return pool;
}

// A signal is for the thread of the loop.
base::Result<void> Pool::start_threads(std::size_t count) {
  const base::BlockedSignals in_the_threads_too;
  try {
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    return base::fail_errno(error.code().value(), "start threads");
  }
  return {};
}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  handed_in_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Pool::run(Work work, Work done) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(work), std::move(done), base::now()});
  }
  handed_in_.notify_one();
  if (!look_.active()) look_.start(kPatience);
}

void Pool::look_for_stuck() {
  bool stuck = false;
  bool waiting = false;
  {
    const std::lock_guard lock(mutex_);
    waiting = !waiting_.empty();
    stuck = waiting && base::now() - waiting_.front().since >= kPatience;
  }
  if (stuck && threads_.size() < most_threads_) (void)start_threads(1);  // else the work waits on
  if (waiting) look_.start(kPatience);
}

void Pool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    handed_in_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job.work();
    job.work = nullptr;  // what it holds is let go here, and not on the loop's thread
    lock.lock();
    done_.push_back(std::move(job));
    if (done_.size() == 1) (void)::eventfd_write(told_.get(), 1);
  }
}

void Pool::tell() {
  eventfd_t count = 0;
  (void)::eventfd_read(told_.get(), &count);
  std::vector<Job> done;
  {
    const std::lock_guard lock(mutex_);
    done.swap(done_);
  }
  for (const Job& job : done) job.done();
}

}  // namespace logbuf
