#include "codec/backlog.h"

#include <algorithm>

namespace codec {
namespace {

constexpr std::size_t kSegmentBytes = 256 << 10;  // small enough that safe messages do not hold much memory

}  // namespace

void Backlog::append(const stream::Batch& batch) {
  if (batch.empty()) return;
  if (segments_.empty() || segments_.back().block.size() >= kSegmentBytes) segments_.emplace_back();
  Segment& segment = segments_.back();
  segment.block.append(batch.block());
  segment.lengths.insert(segment.lengths.end(), batch.lengths().begin(), batch.lengths().end());
  appended_ += batch.count();
  bytes_ += batch.bytes();
}

std::optional<Backlog::Message> Backlog::next() {
  while (has_next()) {
    const std::uint64_t number = next_number_++;
    const auto known = static_cast<std::size_t>(number - safe_);
    if (next_.index == segments_[next_.segment].lengths.size()) next_ = {next_.segment + 1};
    const Segment& segment = segments_[next_.segment];
    const Message message{number, {segment.block.data() + next_.offset, segment.lengths[next_.index] + std::size_t{1}}};
    ++next_.index;
    next_.offset += message.line.size();
    if (known == marks_.size()) marks_.push_back(Mark::given);
    if (marks_[known] == Mark::given) return message;
  }
  return std::nullopt;
}

void Backlog::rewind() {
  next_ = first_;
  next_number_ = safe_;
}

void Backlog::settle(std::uint64_t number) {
  mark(number) = Mark::settled;
  while (!marks_.empty() && marks_.front() == Mark::settled) {
    marks_.pop_front();
    release_front();
  }
}

// Of the messages that are not safe, the first becomes safe.
void Backlog::release_front() {
  Segment& front = segments_.front();
  const std::size_t size = front.lengths[first_.index] + std::size_t{1};
  ++first_.index;
  first_.offset += size;
  bytes_ -= size;
  if (next_number_ == safe_++) {
    next_number_ = safe_;
    next_ = first_;
  }
  if (first_.index < front.lengths.size()) return;
  if (next_.segment == 0)
    next_ = {};  // it stood at the end of this segment
  else
    --next_.segment;
  segments_.pop_front();
  first_ = {};
}

std::string_view Backlog::message(std::uint64_t number) const {
  std::size_t index = first_.index + static_cast<std::size_t>(number - safe_);
  for (const Segment& segment : segments_) {
    if (index < segment.lengths.size()) {
      std::size_t offset = index;  // an LF each
      for (std::size_t i = 0; i < index; ++i) offset += segment.lengths[i];
      return std::string_view(segment.block).substr(offset, segment.lengths[index]);
    }
    index -= segment.lengths.size();
  }
  return {};
}

}  // namespace codec
