#include "tools/logredis/sink/push_window.h"

#include <algorithm>

#include "base/units.h"
#include "redis/command.h"
#include "stream/room.h"

namespace logredis {
namespace {

constexpr std::size_t kMessageOverhead = sizeof(std::uint32_t) + sizeof(std::uint64_t);

std::size_t size_of(const PushWindow::Chunk& chunk) {
  return chunk.arguments.size() + chunk.count() * kMessageOverhead;
}

}  // namespace

std::size_t PushWindow::room() const {
  return stream::useful_room(bytes_, max_bytes_);
}

// Empty messages take little room here, and some at the server.
bool PushWindow::is_full(const Chunk& chunk) const {
  return size_of(chunk) >= chunk_bytes_;
}

base::Result<std::uint64_t> PushWindow::number_of(const stream::Batch& batch, std::size_t index) const {
  if (!ids_) return appended_ + 1;
  const auto number = base::parse_number(batch.has_ids() ? batch.id(index) : std::string_view());
  if (number && (chunks_.empty() || *number > chunks_.back().last())) return *number;
  return base::fail(base::Kind::protocol,
                    "read message id '" + std::string(batch.has_ids() ? batch.id(index) : "") + "'",
                    "a stream with an origin has decimal ids that grow");
}

base::Result<void> PushWindow::append(const stream::Batch& batch) {
  base::Result<void> result;
  batch.for_each([&](std::size_t index, std::string_view message) {
    if (!result) return;
    const auto number = number_of(batch, index);
    if (!number) {
      result = tl::unexpected(number.error());
      return;
    }
    ++appended_;
    if (chunks_.empty() && known_ && *number <= *known_) {
      ++safe_;
      ++duplicates_;
      return;
    }
    add(*number, message);
  });
  return result;
}

void PushWindow::add(std::uint64_t number, std::string_view message) {
  if (chunks_.size() == sent_ || is_full(chunks_.back())) {
    chunks_.emplace_back();
    chunks_.back().arguments.reserve(std::min(chunk_bytes_, max_bytes_) + message.size());
  }
  Chunk& chunk = chunks_.back();
  const std::size_t before = chunk.arguments.size();
  redis::append_argument(chunk.arguments, message);
  chunk.ends.push_back(static_cast<std::uint32_t>(chunk.arguments.size()));
  chunk.numbers.push_back(number);
  bytes_ += chunk.arguments.size() - before + kMessageOverhead;
}

const PushWindow::Chunk* PushWindow::next() const {
  if (sent_ == chunks_.size()) return nullptr;
  const Chunk& chunk = chunks_[sent_];
  const bool may_grow = sent_ + 1 == chunks_.size() && !is_full(chunk);
  return may_grow && under_way() > 0 ? nullptr : &chunk;
}

std::string PushWindow::before_next() const {
  if (under_way() > 0) return std::to_string(chunks_[sent_ - 1].last());
  return known_ ? std::to_string(*known_) : "";
}

void PushWindow::taken() {
  known_ = chunks_[taken_++].last();
}

void PushWindow::release(std::size_t chunks) {
  for (; chunks > 0; --chunks, --taken_, --sent_) {
    safe_ += chunks_.front().count();
    bytes_ -= size_of(chunks_.front());
    released_ = chunks_.front().last();
    chunks_.pop_front();
  }
}

// What was taken and not released may be gone, as after a failover: the server will say so when it is sent again.
void PushWindow::forget_sent() {
  taken_ = 0;
  sent_ = 0;
  known_ = released_;
}

bool PushWindow::settle(std::optional<std::uint64_t> last) {
  forget_sent();
  const bool whole = !released_ || (last && *last >= *released_);
  known_ = last;
  for (; last && taken_ < chunks_.size(); ++taken_) {
    const auto& numbers = chunks_[taken_].numbers;
    const auto there = static_cast<std::size_t>(std::ranges::upper_bound(numbers, *last) - numbers.begin());
    if (there == 0) break;
    if (there < numbers.size()) split_front(there);
  }
  sent_ = taken_;
  return whole;
}

// Part of a chunk is there already, by an earlier run that cut its chunks otherwise.
void PushWindow::split_front(std::size_t messages) {
  Chunk& rest = chunks_[taken_];
  const std::uint32_t cut = rest.ends[messages - 1];
  const auto end = static_cast<std::ptrdiff_t>(messages);
  Chunk front{.arguments = rest.arguments.substr(0, cut),
              .ends = {rest.ends.begin(), rest.ends.begin() + end},
              .numbers = {rest.numbers.begin(), rest.numbers.begin() + end}};
  rest.arguments.erase(0, cut);
  rest.ends.erase(rest.ends.begin(), rest.ends.begin() + end);
  rest.numbers.erase(rest.numbers.begin(), rest.numbers.begin() + end);
  for (std::uint32_t& place : rest.ends) place -= cut;
  chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(taken_), std::move(front));
}

}  // namespace logredis
