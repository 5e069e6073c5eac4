#include "hub/tail_queue.h"

#include <utility>

#include "hub/store.h"

namespace hub {

// With what it takes to keep it.
std::size_t TailQueue::size(const TailLine& line) {
  return sizeof(TailLine) + line.text.size();
}

void TailQueue::push(std::shared_ptr<const TailLine> line, base::WallTime now) {
  bytes_ += size(*line);
  lines_.push_back(std::move(line));
  for (; bytes_ > most_bytes_ && lines_.size() > 1; pop())
    if (dropped_++ == 0) since_ = now;
}

void TailQueue::leave_out(std::string_view last) {
  while (!lines_.empty() && !id_before(last, lines_.front()->id)) pop();
}

std::shared_ptr<const TailLine> TailQueue::take(base::WallTime now) {
  if (dropped_ > 0) return std::make_shared<const TailLine>(tail_overflow(std::exchange(dropped_, 0), since_, now));
  return pop();
}

std::shared_ptr<const TailLine> TailQueue::pop() {
  std::shared_ptr<const TailLine> line = std::move(lines_.front());
  lines_.pop_front();
  bytes_ -= size(*line);
  return line;
}

}  // namespace hub
