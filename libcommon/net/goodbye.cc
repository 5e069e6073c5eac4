#include "net/goodbye.h"

#include <array>
#include <utility>

namespace net {
namespace {

constexpr int kDiscardRounds = 16;    // of discarding, then others have their turn
constexpr base::Duration kAtOnce{1};  // but not before the loop turns

}  // namespace

Goodbye::Goodbye(std::unique_ptr<Connection> connection, base::Duration within, std::function<void()> over)
    : connection_(std::move(connection)), over_(std::move(over)) {
  connection_->set_owner(*this);
  connection_->hold(false);
  connection_->set_deadline(go_on() ? within : kAtOnce);
}

// False: it is over.
bool Goodbye::go_on() {
  if (!shut_down_) shut_down_ = connection_->shut_down();
  return !connection_->failed() && !(shut_down_ && connection_->closed_by_peer());
}

void Goodbye::readable() {
  std::array<char, 16384> discarded;
  for (int round = 0; round < kDiscardRounds; ++round) {
    const auto got = connection_->receive(discarded);
    if (!got) return over_();
    if (got->end || got->would_block) break;
  }
  if (!go_on()) over_();
}

void Goodbye::writable() {
  if (!go_on()) over_();
}

void Goodbye::overdue() {
  over_();
}

}  // namespace net
