#include "stream/retry.h"

#include <unistd.h>

#include <algorithm>

namespace stream {

std::optional<base::Duration> Retry::failed(base::Instant now, std::optional<base::Instant> since) {
  if (!failing_since_) failing_since_ = since.value_or(now);
  const base::Duration delay = std::chrono::ceil<std::chrono::milliseconds>(backoff_.next());
  if (!limit_) return delay;
  const base::Duration left = *failing_since_ + *limit_ - now;
  if (left <= base::Duration::zero()) return {};
  return std::min(delay, left);
}

void Retry::succeeded() {
  failing_since_.reset();
  backoff_.reset();
}

std::uint64_t retry_seed() {
  return static_cast<std::uint64_t>(base::now().time_since_epoch().count()) ^
         (static_cast<std::uint64_t>(::getpid()) << 32);
}

}  // namespace stream
