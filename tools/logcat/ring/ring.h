// Reads the events of one ring of a ring file (docs/format-ring.md), while its thread goes on writing. Nothing is taken
// that the thread may have been overwriting meanwhile, and what was overwritten is counted (docs/decisions/0060).
#pragma once

#include <cstdint>
#include <functional>
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
    std::uint64_t lost;         // events before it that were overwritten unread
    std::string_view contexts;  // with the head of each; valid during the call, like the next
    std::string_view values;
  };
  using Take = std::function<base::Result<void>(const Record&)>;

  // `head` is mapped from the file, and lasts as long as this; the ring's `size` bytes are at `offset` of the file.
  Ring(mulog_ring_head* head, std::uint64_t offset, std::uint64_t size);

  // Takes the events that there are now, or some of them; the first are those that have no receipt. False: none.
  // Kind::data: the ring is damaged, or the file was truncated.
  base::Result<bool> read(int fd, const Take& take);

  // All before this number are safe.
  void acknowledge(std::uint64_t number);

  // All that was written has been read, and has a receipt.
  [[nodiscard]] bool is_done() const;

 private:
  base::Result<std::string_view> copy(int fd, std::uint64_t from, std::uint64_t to);
  base::Result<std::size_t> take_all(std::string_view bytes, const Take& take);

  mulog_ring_head* head_;
  std::uint64_t offset_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;  // of the next event, in bytes ever written
  std::uint64_t next_;          // its number, where none was overwritten
  bool started_ = false;
  std::string buffer_;
};

}  // namespace logcat
