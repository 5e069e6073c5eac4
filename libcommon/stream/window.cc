#include "stream/window.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "stream/room.h"

namespace stream {
namespace {

constexpr std::size_t kSegmentBytes = 256 << 10;  // small enough that safe frames do not hold much memory
constexpr std::size_t kSpareSegments = 32;  // 8 MiB, a window's default: memory that is given back costs page faults
constexpr std::size_t kSpareBytes = 4 * kSegmentBytes;         // what a huge message needed is given back
constexpr std::size_t kReserved = kSegmentBytes + (16 << 10);  // the last frame may go beyond

// Of a frame's content, which starts with "ID TAB".
bool has_id(std::string_view content, std::string_view id) {
  return content.size() > id.size() && content[id.size()] == '\t' && content.starts_with(id);
}

std::string_view id_of(std::string_view content) {
  return content.substr(0, content.find('\t'));
}

std::optional<std::uint64_t> number_of(std::string_view id) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  return number;
}

bool is_covered(std::string_view id, std::uint64_t last) {
  const auto number = number_of(id);
  return number && *number <= last;
}

}  // namespace

Window::Window(FrameFormat format, std::size_t max_bytes, std::size_t max_messages)
    : format_(format), max_bytes_(max_bytes), max_messages_(max_messages) {}

std::size_t Window::room() const {
  return waiting() < max_messages_ ? useful_room(waiting_bytes_, max_bytes_) : 0;
}

Window::Segment& Window::open_segment() {
  if (!segments_.empty() && segments_.back().bytes.size() < kSegmentBytes) return segments_.back();
  if (spare_.empty()) {
    Segment& segment = segments_.emplace_back();
    segment.bytes.reserve(kReserved);
    return segment;
  }
  segments_.push_back(std::move(spare_.back()));
  spare_.pop_back();
  return segments_.back();
}

void Window::append(const Batch& batch, std::size_t first) {
  if (format_.framing == Framing::line && !format_.ids && !batch.has_inner_lf() && first == 0)
    return append_block(batch);
  const bool numbered = format_.ids && !batch.has_ids();
  char digits[20];
  Segment* segment = nullptr;
  std::size_t before = 0;
  batch.for_each([&](std::size_t index, std::string_view message) {
    if (index < first) return;
    if (segment == nullptr || segment->bytes.size() >= kSegmentBytes) segment = &open_segment();
    ++appended_;
    std::string_view id;
    if (numbered)
      id = {digits, std::to_chars(digits, digits + sizeof digits, appended_).ptr};
    else if (format_.ids)
      id = batch.id(index);
    before = segment->bytes.size();
    append_frame(segment->bytes, format_, id, message);
    segment->ends.push_back(segment->bytes.size());
    waiting_bytes_ += segment->bytes.size() - before;
  });
  settle();
}

// A batch without inner LFs is its own line framing: as much of it as a segment takes is copied at once.
void Window::append_block(const Batch& batch) {
  std::string_view block = batch.block();
  for (std::size_t index = 0; index < batch.count();) {
    Segment& segment = open_segment();
    const std::size_t before = segment.bytes.size();
    std::size_t end = before;
    for (; index < batch.count() && end < kSegmentBytes; ++index) {
      end += std::size_t{batch.lengths()[index]} + 1;
      segment.ends.push_back(end);
    }
    segment.bytes.append(block.substr(0, end - before));
    block.remove_prefix(end - before);
  }
  appended_ += batch.count();
  waiting_bytes_ += batch.bytes();
  settle();
}

std::string_view Window::unsent() const {
  if (segments_.empty()) return {};
  const std::string_view bytes = segments_[sending_].bytes;
  return bytes.substr(sending_at_, std::max(sendable_end(), sending_at_) - sending_at_);
}

// Where in the segment to send from the hold is, or its end.
std::size_t Window::sendable_end() const {
  const Segment& segment = segments_[sending_];
  if (!held_) return segment.bytes.size();
  const std::uint64_t before = messages_before(sending_);
  if (*held_ <= before) return 0;
  const std::uint64_t frames = *held_ - before;
  return frames >= segment.ends.size() ? segment.bytes.size() : segment.ends[frames - 1];
}

bool Window::all_sent() const {
  return segments_.empty() || (sending_ + 1 == segments_.size() && sending_at_ == segments_[sending_].bytes.size());
}

// Messages ever, before the first one of this segment.
std::uint64_t Window::messages_before(std::size_t segment) const {
  std::uint64_t messages = safe_ - safe_frames_;
  for (std::size_t i = 0; i < segment; ++i) messages += segments_[i].ends.size();
  return messages;
}

std::uint64_t Window::begun() const {
  if (segments_.empty()) return safe_;
  if (sending_at_ == 0) return messages_before(sending_);
  const auto& ends = segments_[sending_].ends;
  const auto last = std::lower_bound(ends.begin(), ends.end(), sending_at_);
  return messages_before(sending_) + static_cast<std::uint64_t>(last - ends.begin()) + 1;
}

bool Window::between_frames() const {
  if (segments_.empty() || sending_at_ == 0) return true;
  const auto& ends = segments_[sending_].ends;
  return std::binary_search(ends.begin(), ends.end(), sending_at_);
}

std::optional<std::uint64_t> Window::next_with_id() const {
  std::size_t frame = safe_frames_;
  for (std::size_t segment = 0; segment < segments_.size(); ++segment, frame = 0)
    for (; frame < segments_[segment].ends.size(); ++frame)
      if (!id_of(content(segments_[segment], frame)).empty()) return messages_before(segment) + frame + 1;
  return std::nullopt;
}

void Window::sent(std::size_t bytes) {
  sending_at_ += bytes;
  sent_bytes_ += bytes;
  settle();
}

// Sending goes on in the next segment when one is used up.
void Window::settle() {
  if (sending_ + 1 < segments_.size() && sending_at_ == segments_[sending_].bytes.size()) {
    ++sending_;
    sending_at_ = 0;
  }
}

void Window::resend() {
  sending_ = 0;
  sending_at_ = first_unsafe();
  sent_bytes_ = 0;
  arrived_bytes_ = 0;
}

bool Window::skip(std::uint64_t last) {
  bool beyond = false;
  std::size_t frame = safe_frames_;
  std::size_t segment = 0;
  Place covered{0, 0};
  bool any = false;
  for (; segment < segments_.size() && !beyond; ++segment, frame = 0) {
    for (; frame < segments_[segment].ends.size() && !beyond; ++frame) {
      const std::string_view id = id_of(content(segments_[segment], frame));
      if (id.empty()) continue;  // a piece: the id of the last piece decides
      beyond = !is_covered(id, last);
      if (beyond) break;
      covered = {segment, frame};
      any = true;
    }
  }
  if (any) release_through(covered);
  resend();
  return beyond;
}

bool Window::acknowledge(std::string_view id) {
  if (id.empty() || !format_.ids) return false;
  if (const auto place = guess(id)) {
    release_through(*place);
    return true;
  }
  std::size_t frame = safe_frames_;
  for (std::size_t segment = 0; segment < segments_.size() && segment <= sending_; ++segment, frame = 0) {
    const std::size_t limit = sent_frames(segment);
    for (; frame < limit; ++frame) {
      if (!has_id(content(segments_[segment], frame), id)) continue;
      release_through({segment, frame});
      return true;
    }
  }
  return false;
}

// Ids mostly count up by one: then the difference to the first unsafe one tells the place.
std::optional<Window::Place> Window::guess(std::string_view id) const {
  if (segments_.empty()) return std::nullopt;
  const auto first = number_of(id_of(content(segments_.front(), safe_frames_)));
  const auto wanted = number_of(id);
  if (!first || !wanted || *wanted < *first) return std::nullopt;
  std::uint64_t frame = safe_frames_ + (*wanted - *first);
  for (std::size_t segment = 0; segment < segments_.size() && segment <= sending_; ++segment) {
    const std::size_t frames = segments_[segment].ends.size();
    if (frame >= frames) {
      frame -= frames;
      continue;
    }
    const Place place{segment, static_cast<std::size_t>(frame)};
    const bool found = place.frame < sent_frames(segment) && has_id(content(segments_[segment], place.frame), id);
    return found ? std::optional(place) : std::nullopt;
  }
  return std::nullopt;
}

void Window::acknowledge_bytes(std::uint64_t bytes) {
  bytes = std::min(bytes, sent_bytes_);
  while (!segments_.empty() && bytes > arrived_bytes_) {
    const auto& ends = segments_.front().ends;
    const std::uint64_t target = first_unsafe() + (bytes - arrived_bytes_);
    const auto next = std::upper_bound(ends.begin() + static_cast<std::ptrdiff_t>(safe_frames_), ends.end(), target);
    const auto frames = static_cast<std::size_t>(next - ends.begin());
    if (frames == safe_frames_) return;
    release_through({0, frames - 1});
  }
}

void Window::acknowledge_sent() {
  acknowledge_bytes(sent_bytes_);
}

std::size_t Window::first_unsafe() const {
  return safe_frames_ == 0 ? 0 : segments_.front().ends[safe_frames_ - 1];
}

// How many of a segment's frames were sent whole.
std::size_t Window::sent_frames(std::size_t segment) const {
  const auto& ends = segments_[segment].ends;
  if (segment < sending_) return ends.size();
  return static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), sending_at_) - ends.begin());
}

// A frame without its octet count; its end may follow.
std::string_view Window::content(const Segment& segment, std::size_t frame) const {
  const std::size_t start = frame == 0 ? 0 : segment.ends[frame - 1];
  const std::string_view bytes(segment.bytes.data() + start, segment.ends[frame] - start);
  if (format_.framing != Framing::octet) return bytes;
  std::size_t header = 1;
  while (bytes[header - 1] != ' ') ++header;
  return bytes.substr(header);
}

void Window::release_through(Place last) {
  for (std::size_t segment = 0; segment <= last.segment; ++segment) {
    const auto& ends = segments_.front().ends;
    const std::size_t frames = segment == last.segment ? last.frame + 1 : ends.size();
    const std::size_t bytes = ends[frames - 1] - first_unsafe();
    safe_ += frames - safe_frames_;
    waiting_bytes_ -= bytes;
    arrived_bytes_ += bytes;
    safe_frames_ = frames;
    if (frames == ends.size()) recycle_front();
  }
}

void Window::recycle_front() {
  Segment& front = segments_.front();
  if (spare_.size() < kSpareSegments && front.bytes.capacity() <= kSpareBytes) {
    front.bytes.clear();
    front.ends.clear();
    spare_.push_back(std::move(front));
  }
  segments_.pop_front();
  safe_frames_ = 0;
  if (sending_ == 0)
    sending_at_ = 0;
  else
    --sending_;
}

}  // namespace stream
