#include "stream/prefetch.h"

#include <algorithm>

namespace stream {
namespace {

constexpr base::Duration kLately = std::chrono::seconds(2);
constexpr base::Duration kApart = std::chrono::milliseconds(50);  // of two marks
constexpr base::Duration kPatience = std::chrono::seconds(1);     // with a sink that confirms nothing

}  // namespace

Prefetch::Prefetch(PrefetchOptions options, base::Instant now)
    : options_(options), least_(std::max<std::uint64_t>(options.least, 1)), moved_(now) {}

void Prefetch::confirmed(std::uint64_t count, base::Instant now) {
  if (marks_.empty() || now - marks_.back().time >= kApart) marks_.push_back({now, confirmed_});
  confirmed_ = count;
  moved_ = now;
}

std::uint64_t Prefetch::limit(base::Instant now) {
  if (options_.fixed) return std::max<std::uint64_t>(*options_.fixed, 1);
  while (!marks_.empty() && now - marks_.front().time >= kLately) marks_.pop_front();
  const std::uint64_t lately = marks_.empty() ? 0 : confirmed_ - marks_.front().confirmed;
  return std::max(least_, 2 * lately);
}

std::uint64_t Prefetch::allowance(std::uint64_t held, base::Instant now) {
  const std::uint64_t most = limit(now);
  std::uint64_t free = most > held ? most - held : 0;
  const bool useful = free > 0 && (held == 0 || free >= most / 4);
  if (!useful && now - moved_ < kPatience) return 0;
  if (!useful && may_grow()) {
    least_ = std::min(2 * std::max(least_, held), options_.most_unproven);
    free = least_ > held ? least_ - held : 0;
  }
  moved_ = now;
  return free;
}

std::optional<base::Duration> Prefetch::until_more(std::uint64_t held, base::Instant now) {
  if (!may_grow() && held >= limit(now)) return std::nullopt;
  return std::max(moved_ + kPatience - now, base::Duration::zero());
}

}  // namespace stream
