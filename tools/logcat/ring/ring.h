// Reads the events of one ring of a ring file (docs/format-ring.md), while its thread goes on writing. They are copied
// first: nothing is kept that the thread may have been overwriting meanwhile, and what was overwritten is counted
// (docs/decisions/0060).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mulog/layout.h"

namespace logcat {

class Ring {
 public:
  struct Record {
    std::uint16_t site;  // in words of the area of call sites
    std::uint64_t number;
    std::uint64_t time;
    std::string_view contexts;  // with the head of each; valid until the next fill() or pop(), like the next
    std::string_view values;
  };
  enum class Filled {
    all,   // everything that was there is copied, or the thread overwrote it again and again meanwhile
    part,  // there is more, for which there was no room
  };

  // `head` is mapped from the file, and lasts as long as this; the ring's `size` bytes are at `offset` of the file.
  Ring(mulog_ring_head* head, std::uint64_t offset, std::uint64_t size);

  // Copies the events that have come since, while what is copied and not popped has less than `most` bytes; a longer
  // event is copied where there is none. The first are those that have no receipt. Kind::data: the ring is damaged, or
  // the file was truncated; what was copied before is still there.
  base::Result<Filled> fill(int fd, std::size_t most);

  // The oldest event that was copied; null: there is none.
  [[nodiscard]] const Record* front() const { return front_ ? &*front_ : nullptr; }
  void pop();
  // What was copied is forgotten.
  void drop();

  // How many events before front() were overwritten, and so are missing after the one before it.
  [[nodiscard]] std::uint64_t lost() const { return front_->number - expected_; }
  // What is said of events before this number needs not be said again.
  void expect(std::uint64_t number) { expected_ = std::max(expected_, number); }
  // Of front(), and not before that of the one before it: the order within a thread is that of its calls.
  [[nodiscard]] std::uint64_t order() const { return order_; }
  // The newest time that was copied.
  [[nodiscard]] std::uint64_t newest() const { return newest_; }
  // Bytes that were ever copied.
  [[nodiscard]] std::uint64_t copied() const { return position_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

  // All before this number are safe.
  void acknowledge(std::uint64_t number);
  [[nodiscard]] std::uint64_t tail() const;

  // All that was written has been copied and popped, and has a receipt.
  [[nodiscard]] bool is_done() const;

 private:
  base::Result<void> copy(int fd, std::uint64_t from, std::uint64_t to);
  base::Result<std::size_t> check(std::size_t at, bool gap);
  void read_front();

  mulog_ring_head* head_;
  std::uint64_t offset_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;  // of the next event to be copied, in bytes ever written
  std::uint64_t next_;          // its number, where none was overwritten
  bool started_ = false;
  std::string buffer_;  // events that were copied, from at_ on
  std::size_t at_ = 0;
  std::uint64_t expected_;
  std::uint64_t order_ = 0;
  std::uint64_t newest_ = 0;
  std::optional<Record> front_;
};

}  // namespace logcat
