#include "tools/logcat/ring/ring.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <span>
#include <utility>

#include "base/io.h"

namespace logcat {
namespace {

constexpr int kAttempts = 8;  // while the thread overwrites faster than its ring can be copied

std::uint64_t load(std::uint64_t& word, std::memory_order order = std::memory_order_acquire) {
  return std::atomic_ref(word).load(order);
}

mulog_record record_at(const std::string& bytes, std::size_t at) {
  mulog_record record;
  std::memcpy(&record, bytes.data() + at, sizeof record);
  return record;
}

std::size_t contexts_of(const mulog_record& record) {
  return std::size_t{record.contexts} * MULOG_LAYOUT_WORD;
}

auto damaged(std::string why) {
  return base::fail(base::Kind::data, "", std::move(why));
}

}  // namespace

Ring::Ring(mulog_ring_head* head, std::uint64_t offset, std::uint64_t size)
    : head_(head), offset_(offset), size_(size), next_(load(head->tail)), expected_(next_) {}

base::Result<Ring::Filled> Ring::fill(int fd, std::size_t most) {
  buffer_.erase(0, std::exchange(at_, 0));
  const std::size_t held = buffer_.size();
  const std::uint64_t first_head = load(head_->head);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint64_t head = load(head_->head);
    const std::uint64_t from = std::max(position_, load(head_->oldest));
    if (from == head || head == position_) return read_front(), Filled::all;
    if (from > head) continue;  // it was overwritten since `head` was read, or is damaged
    if (head - from > size_ || from < position_) return damaged("its positions contradict each other");
    if (held >= most) return read_front(), Filled::part;
    const std::uint64_t to =
        from + std::min<std::uint64_t>(head - from, std::max(most - held, held > 0 ? 0 : size_ / 4));
    TRY(copy(fd, from, to));
    // What was overwritten while it was copied is known to be so by now.
    std::atomic_thread_fence(std::memory_order_acquire);
    const std::uint64_t valid = std::max(from, load(head_->oldest, std::memory_order_relaxed));
    buffer_.erase(held, std::min(valid, to) - from);
    if (valid >= to) continue;
    const std::uint64_t taken = TRY(check(held, valid > position_));
    if (taken == 0 && held > 0) return read_front(), Filled::part;
    if (taken == 0 && valid == from) return damaged("an event is longer than the ring says");
    if (taken == 0) continue;
    position_ = valid + taken;
    read_front();
    return position_ == head ? Filled::all : Filled::part;
  }
  if (load(head_->head) == first_head && load(head_->oldest) > first_head)
    return damaged("its positions contradict each other");
  return read_front(), Filled::all;  // the next time may be better
}

base::Result<void> Ring::copy(int fd, std::uint64_t from, std::uint64_t to) {
  const std::size_t held = buffer_.size();
  buffer_.resize(held + (to - from));
  const std::uint64_t at = from & (size_ - 1);
  const std::uint64_t first = std::min(to - from, size_ - at);
  const std::span<char> all = std::span(buffer_).subspan(held);
  for (const auto& [piece, offset] :
       {std::pair(all.first(first), at), std::pair(all.subspan(first), std::uint64_t{0})}) {
    if (piece.empty()) continue;
    const auto got = base::read_at(fd, piece, offset_ + offset, "");
    if (got && got->bytes == piece.size()) continue;
    buffer_.resize(held);
    if (!got) return tl::unexpected(got.error());
    return damaged("it is truncated");
  }
  return {};
}

// How many bytes of whole events there are from `at` on; what has a receipt already and the rest is taken out. `gap`:
// events before the first of them may be missing.
base::Result<std::size_t> Ring::check(std::size_t at, bool gap) {
  const std::size_t start = at;
  std::size_t unsafe = at;
  while (buffer_.size() - at >= sizeof(mulog_record)) {
    const mulog_record record = record_at(buffer_, at);
    std::string why;
    if (record.length < sizeof record || record.length % 8 != 0 || record.length > size_ / 4)
      why = "an event says that it has " + std::to_string(record.length) + " bytes";
    else if (record.length > buffer_.size() - at)
      break;
    else if (contexts_of(record) > record.length - sizeof record)
      why = "the contexts of an event are longer than the event";
    else if (record.number > next_ && started_ && !gap)
      why = "numbers of events are missing";
    else if (record.number < next_ && started_)
      why = "numbers of events repeat";
    if (!why.empty()) {
      buffer_.resize(at);
      buffer_.erase(start, unsafe - start);
      read_front();
      return damaged(std::move(why));
    }
    at += record.length;
    gap = gap && record.number < next_;
    if (record.number < next_) {
      unsafe = at;
      continue;
    }
    started_ = true;
    next_ = record.number + 1;
    newest_ = std::max(newest_, record.time);
  }
  buffer_.resize(at);
  buffer_.erase(start, unsafe - start);
  return at - start;
}

void Ring::read_front() {
  if (at_ == buffer_.size()) return front_.reset();
  const mulog_record record = record_at(buffer_, at_);
  const std::string_view rest = std::string_view(buffer_).substr(at_ + sizeof record, record.length - sizeof record);
  const std::size_t contexts = contexts_of(record);
  front_ = {record.site, record.number, record.time, rest.substr(0, contexts), rest.substr(contexts)};
  order_ = std::max(order_, record.time);
}

void Ring::pop() {
  expected_ = front_->number + 1;
  at_ += sizeof(mulog_record) + front_->contexts.size() + front_->values.size();
  read_front();
}

void Ring::drop() {
  at_ = buffer_.size();
  read_front();
}

void Ring::acknowledge(std::uint64_t number) {
  if (number > tail()) std::atomic_ref(head_->tail).store(number, std::memory_order_release);
}

std::uint64_t Ring::tail() const {
  return load(head_->tail);
}

bool Ring::is_done() const {
  const std::uint64_t head = load(head_->head);
  return !front_ && (head == position_ || head == 0) && tail() >= next_;
}

}  // namespace logcat
