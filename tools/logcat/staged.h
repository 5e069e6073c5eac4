// Messages that were cut from what was read and that the sink had no room for yet. Passive. It holds at most twice what
// is left to give, whether or not it ever runs empty.
#pragma once

#include <cstddef>

#include "stream/batch.h"

namespace logcat {

// What one connection may bring in its turn.
constexpr std::size_t kTurnBytes = 256 << 10;

class Staged {
 public:
  // Where readers append.
  [[nodiscard]] stream::Batch& batch() { return batch_; }

  [[nodiscard]] bool empty() const { return given_ == batch_.count(); }
  [[nodiscard]] std::size_t bytes() const { return batch_.bytes() - given_bytes_; }
  // Nothing more should be received until some of it is given.
  [[nodiscard]] bool full() const { return bytes() >= kEnough; }

  // Moves messages to `out`: about `limit` bytes at most, but one at least where there is one. Nothing is copied where
  // `out` is empty and all of them fit.
  void give(stream::Batch& out, std::size_t limit);

 private:
  static constexpr std::size_t kEnough = 512 << 10;

  void drop_given();

  stream::Batch batch_;
  std::size_t given_ = 0;  // messages of batch_ that were given, at most half of its bytes
  std::size_t given_bytes_ = 0;
  stream::Batch rest_;  // kept for its capacity only
};

}  // namespace logcat
