#include "rules/workers.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/signals.h"

namespace rules {

Workers::Workers(event::Loop& loop, base::Fd told)
    : told_(std::move(told)), readable_(loop, told_.get(), event::Interest::read, [this] { readable_.stop(); }) {}

base::Result<std::unique_ptr<Workers>> Workers::start(event::Loop& loop, unsigned threads, const Make& make) {
  base::Fd told(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!told) return base::fail_errno(errno, "start threads");
  std::unique_ptr<Workers> workers(new Workers(loop, std::move(told)));
  const base::Report report = [all = workers.get()](base::Level level, const std::string& line) {
    const std::lock_guard lock(all->reports_mutex_);
    all->reports_.emplace_back(level, line);
  };
  for (unsigned i = 0; i < threads; ++i) workers->processors_.push_back(TRY(make(report)));
  TRY(workers->start_threads());
  return workers;
}

// A signal is for the thread of the loop.
base::Result<void> Workers::start_threads() {
  const base::BlockedSignals in_the_threads_too;
  try {
    for (Processor& processor : processors_) threads_.emplace_back([this, &processor] { work(processor); });
  } catch (const std::system_error& error) {
    return base::fail_errno(error.code().value(), "start threads");
  }
  return {};
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  handed_in_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::hand_in(std::unique_ptr<Job> job) {
  {
    const std::lock_guard lock(mutex_);
    entries_.push_back({.job = std::move(job)});
    ++waiting_;
  }
  handed_in_.notify_one();
}

std::unique_ptr<Job> Workers::take() {
  eventfd_t count = 0;
  (void)::eventfd_read(told_.get(), &count);
  const std::lock_guard lock(mutex_);
  if (entries_.empty() || !entries_.front().done) return nullptr;
  std::unique_ptr<Job> job = std::move(entries_.front().job);
  entries_.pop_front();
  if (!entries_.empty() && entries_.front().done) (void)::eventfd_write(told_.get(), 1);
  return job;
}

void Workers::work(Processor& processor) {
  std::unique_lock lock(mutex_);
  for (;;) {
    handed_in_.wait(lock, [this] { return stopping_ || waiting_ > 0; });
    if (stopping_) return;
    Entry& entry = entries_[entries_.size() - waiting_];
    --waiting_;
    ++working_;
    lock.unlock();
    process(processor, kept_senders(*entry.job), *entry.job);
    lock.lock();
    --working_;
    entry.done = true;
    if (&entry == &entries_.front()) (void)::eventfd_write(told_.get(), 1);
    if (working_ == 0) idle_.notify_one();
  }
}

Reports Workers::take_reports() {
  const std::lock_guard lock(reports_mutex_);
  return std::exchange(reports_, {});
}

base::Result<void> Workers::reopen() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return working_ == 0; });
  base::Result<void> all;
  for (Processor& processor : processors_)
    if (auto reopened = processor.reopen(); !reopened && all) all = std::move(reopened);
  return all;
}

}  // namespace rules
