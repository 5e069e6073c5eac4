// Messages that the client of a protocol with answers took and that are not all answered, kept for sending again.
// Passive.
//
// Messages are numbered from 0 in the order they came. Answers come in any order; safe() counts from the first on.
// Views returned are valid until the backlog is next changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/batch.h"

namespace codec {

class Backlog {
 public:
  void append(const stream::Batch& batch);

  struct Message {
    std::uint64_t number;
    std::string_view line;  // the message and one LF
  };
  // The first that was not given out since the last rewind(), and is neither settled nor withheld.
  std::optional<Message> next();
  [[nodiscard]] bool has_next() const { return next_number_ < appended_; }

  // A new session: everything that is not settled is given out again.
  void rewind();

  // This message, which was given out, needs no more sending and counts as safe as soon as those before it do.
  void settle(std::uint64_t number);

  // Not given out again, and not safe before settle().
  void withhold(std::uint64_t number) { mark(number) = Mark::withheld; }

  // One that is not safe.
  [[nodiscard]] std::string_view message(std::uint64_t number) const;

  [[nodiscard]] std::uint64_t appended() const { return appended_; }
  [[nodiscard]] std::uint64_t safe() const { return safe_; }
  [[nodiscard]] std::size_t waiting() const { return static_cast<std::size_t>(appended_ - safe_); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }  // of messages that are not safe

 private:
  struct Segment {
    std::string block;
    std::vector<std::uint32_t> lengths;
  };
  struct Place {
    std::size_t segment = 0;
    std::size_t index = 0;   // of the message in it
    std::size_t offset = 0;  // and of its first byte
  };
  enum class Mark : std::uint8_t { given, withheld, settled };
  Mark& mark(std::uint64_t number) { return marks_[static_cast<std::size_t>(number - safe_)]; }
  void release_front();

  std::deque<Segment> segments_;  // none is empty
  Place first_;                   // the first message that is not safe; its segment is always the front one
  Place next_;
  std::uint64_t next_number_ = 0;
  std::deque<Mark> marks_;  // of the messages from safe_ on, as far as they were ever given out
  std::uint64_t appended_ = 0;
  std::uint64_t safe_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace codec
