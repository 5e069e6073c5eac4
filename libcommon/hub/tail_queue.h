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

// What the queues of all tails take together. A line that several have counts once.
struct TailMemory {
  std::size_t most = std::size_t{256} << 20;
  std::size_t held = 0;
};

class TailQueue {
 public:
  // About what the lines may take, in bytes; one line always may. While all queues together take too much, it is a
  // 32nd of that. `all` has to outlive it.
  TailQueue(std::size_t most_bytes, TailMemory& all) : most_bytes_(most_bytes), all_(all) {}
  ~TailQueue();
  TailQueue(const TailQueue&) = delete;
  TailQueue& operator=(const TailQueue&) = delete;

  // `sharers`: so many queues get this line.
  void push(std::shared_ptr<const TailLine> line, std::size_t sharers, base::WallTime now);

  // The lines up to this id go, and nobody is told: the client gets them in another way. Ids have to rise.
  void leave_out(std::string_view last);

  [[nodiscard]] bool empty() const { return lines_.empty() && dropped_ == 0; }
  // The next line. Not when empty().
  std::shared_ptr<const TailLine> take(base::WallTime now);

 private:
  struct Entry {
    std::shared_ptr<const TailLine> line;
    std::size_t share;  // of TailMemory::held
  };

  [[nodiscard]] static std::size_t size(const TailLine& line);
  std::shared_ptr<const TailLine> pop();

  std::size_t most_bytes_;
  TailMemory& all_;
  std::deque<Entry> lines_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;  // in front of the lines, and not told yet
  base::WallTime since_{};     // when the first of them was
};

}  // namespace hub
