// The lines that wait for the client of one tail. Bounded: where there are too many, the oldest go, and the client is
// told how many (L11). Passive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "hub/tail_line.h"

namespace hub {

class TailQueue {
 public:
  // About what the lines may take, in bytes; one line always may.
  explicit TailQueue(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void push(std::shared_ptr<const TailLine> line, base::WallTime now);

  // The lines up to this id go, and nobody is told: the client gets them in another way. Ids have to rise.
  void leave_out(std::string_view last);

  [[nodiscard]] bool empty() const { return lines_.empty() && dropped_ == 0; }
  // The next line. Not when empty().
  std::shared_ptr<const TailLine> take(base::WallTime now);

 private:
  [[nodiscard]] static std::size_t size(const TailLine& line);
  std::shared_ptr<const TailLine> pop();

  std::size_t most_bytes_;
  std::deque<std::shared_ptr<const TailLine>> lines_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;  // in front of the lines, and not told yet
  base::WallTime since_{};     // when the first of them was
};

}  // namespace hub
