#include "tools/logcat/ring/ring.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <span>

#include "base/io.h"

namespace logcat {
namespace {

constexpr std::uint64_t kMostAtOnce = 1 << 20;  // a quarter of the ring where that is more: an event is no longer
constexpr int kAttempts = 8;                    // while the thread overwrites faster than its ring can be copied

std::uint64_t load(std::uint64_t& word, std::memory_order order = std::memory_order_acquire) {
  return std::atomic_ref(word).load(order);
}

auto damaged(std::string why) {
  return base::fail(base::Kind::data, "", std::move(why));
}

}  // namespace

Ring::Ring(mulog_ring_head* head, std::uint64_t offset, std::uint64_t size)
    : head_(head), offset_(offset), size_(size), next_(load(head->tail)) {}

base::Result<bool> Ring::read(int fd, const Take& take) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint64_t head = load(head_->head);
    const std::uint64_t from = std::max(position_, load(head_->oldest));
    if (from == head || head == position_) return false;
    if (from > head) continue;  // it was overwritten since `head` was read
    if (head - from > size_ || from < position_) return damaged("its positions contradict each other");
    const std::uint64_t to = from + std::min(head - from, std::max(kMostAtOnce, size_ / 4));
    std::string_view bytes = TRY(copy(fd, from, to));
    // What was overwritten while it was copied is known to be so by now.
    std::atomic_thread_fence(std::memory_order_acquire);
    const std::uint64_t valid = std::max(from, load(head_->oldest, std::memory_order_relaxed));
    if (valid >= to) continue;
    bytes.remove_prefix(valid - from);
    position_ = valid + TRY(take_all(bytes, take));
    if (position_ > valid) return true;
    if (valid == from) return damaged("an event is longer than the ring says");
  }
  return true;
}

base::Result<std::string_view> Ring::copy(int fd, std::uint64_t from, std::uint64_t to) {
  buffer_.resize(to - from);
  const std::uint64_t at = from & (size_ - 1);
  const std::uint64_t first = std::min(to - from, size_ - at);
  const std::span<char> all(buffer_);
  for (const auto& [piece, offset] :
       {std::pair(all.first(first), at), std::pair(all.subspan(first), std::uint64_t{0})}) {
    if (piece.empty()) continue;
    if (TRY(base::read_at(fd, piece, offset_ + offset, "")).bytes < piece.size()) return damaged("it is truncated");
  }
  return std::string_view(buffer_);
}

// How many bytes of whole events there were.
base::Result<std::size_t> Ring::take_all(std::string_view bytes, const Take& take) {
  std::size_t at = 0;
  bool first = true;
  while (bytes.size() - at >= sizeof(mulog_record)) {
    mulog_record record;
    std::memcpy(&record, bytes.data() + at, sizeof record);
    if (record.length < sizeof record || record.length % 8 != 0 || record.length > size_ / 4)
      return damaged("an event says that it has " + std::to_string(record.length) + " bytes");
    if (record.length > bytes.size() - at) break;
    const std::size_t contexts = std::size_t{record.contexts} * MULOG_LAYOUT_WORD;
    if (contexts > record.length - sizeof record) return damaged("the contexts of an event are longer than the event");
    if (record.number > next_ && !first) return damaged("numbers of events are missing");
    if (record.number < next_ && started_) return damaged("numbers of events repeat");
    if (record.number >= next_) {
      TRY(take({record.site, record.number, record.time, record.number - next_,
                bytes.substr(at + sizeof record, contexts),
                bytes.substr(at + sizeof record + contexts, record.length - sizeof record - contexts)}));
      next_ = record.number + 1;
      started_ = true;
      first = false;
    }
    at += record.length;
  }
  return at;
}

void Ring::acknowledge(std::uint64_t number) {
  std::atomic_ref(head_->tail).store(number, std::memory_order_release);
}

bool Ring::is_done() const {
  const std::uint64_t head = load(head_->head);
  return (head == position_ || head == 0) && load(head_->tail) >= next_;
}

}  // namespace logcat
