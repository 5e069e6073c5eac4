#include "tools/logsend/upkeep.h"

#include <utility>

namespace logsend {
namespace {

constexpr std::size_t kMostWaiting = 10000;

}  // namespace

Upkeep::Upkeep(const RotationOptions& options) : options_(options), thread_([this] { run(); }) {}

Upkeep::~Upkeep() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Upkeep::tend(const FilePlace& place) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMostWaiting) return;
    waiting_.try_emplace(place.path(), place);
  }
  changed_.notify_all();
}

std::vector<std::string> Upkeep::take_errors() {
  const std::lock_guard lock(mutex_);
  return std::exchange(errors_, {});
}

void Upkeep::finish(base::Duration time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [this] { return waiting_.empty() && !working_; });
}

void Upkeep::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return cancelled_ || !waiting_.empty(); });
    if (cancelled_) return;
    const FilePlace place = std::move(waiting_.extract(waiting_.begin()).mapped());
    working_ = true;
    lock.unlock();
    const base::Result<void> tended = tend_rotated(place, options_, cancelled_);
    lock.lock();
    working_ = false;
    if (!tended && std::exchange(last_error_, tended.error().text()) != tended.error().text())
      errors_.push_back(tended.error().text());
    changed_.notify_all();
  }
}

}  // namespace logsend
