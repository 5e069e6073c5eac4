#include "hub/tail_queue.h"

#include <algorithm>
#include <utility>

#include "hub/store.h"

namespace hub {

// With what it takes to keep it.
std::size_t TailQueue::size(const TailLine& line) {
  return sizeof(TailLine) + line.text.size();
}

TailQueue::~TailQueue() {
  while (!lines_.empty()) pop();
}

void TailQueue::push(std::shared_ptr<const TailLine> line, std::size_t sharers, base::WallTime now) {
  constexpr std::size_t kWhenCrowded = 32;
  const std::size_t bytes = size(*line);
  const std::size_t share = sizeof(Entry) + bytes / std::max<std::size_t>(sharers, 1);
  bytes_ += bytes;
  all_.held += share;
  lines_.push_back({std::move(line), share});
  const std::size_t most = all_.held > all_.most ? most_bytes_ / kWhenCrowded : most_bytes_;
  for (; bytes_ > most && lines_.size() > 1; pop())
    if (dropped_++ == 0) since_ = now;
}

void TailQueue::leave_out(std::string_view last) {
  while (!lines_.empty() && !id_before(last, lines_.front().line->id)) pop();
}

std::shared_ptr<const TailLine> TailQueue::take(base::WallTime now) {
  if (dropped_ > 0) return std::make_shared<const TailLine>(tail_overflow(std::exchange(dropped_, 0), since_, now));
  return pop();
}

std::shared_ptr<const TailLine> TailQueue::pop() {
  std::shared_ptr<const TailLine> line = std::move(lines_.front().line);
  all_.held -= lines_.front().share;
  lines_.pop_front();
  bytes_ -= size(*line);
  return line;
}

}  // namespace hub
