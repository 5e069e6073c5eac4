// What stands on a stream connection: lines or octet counting, told apart by its first bytes (RFC 6587, section 3.4).
// Passive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "stream/frame.h"

namespace logcat {

// Octet counting where the connection starts with a number of at most nine digits and a space, else lines; nothing
// while the bytes do not tell. RFC 6587 looks at the first digit alone, which takes every line that starts with an IP
// address or a date for a count; nine digits keep seconds since the epoch apart from counts.
std::optional<stream::Framing> tell_framing(std::string_view first_bytes);

// A FrameReader that finds its framing out.
class WireReader {
 public:
  // Without a framing it is told from the first bytes.
  WireReader(std::optional<stream::Framing> framing, std::size_t max_message);

  // As those of FrameReader.
  base::Result<void> feed(std::string_view bytes, stream::Batch& out);
  base::Result<void> finish(stream::Batch& out);
  [[nodiscard]] std::uint64_t split() const { return reader_ ? reader_->split() : 0; }
  [[nodiscard]] std::size_t pending() const { return reader_ ? reader_->pending() : head_.size(); }

 private:
  base::Result<void> start(stream::Framing framing, stream::Batch& out);
  [[nodiscard]] base::Result<void> advise(base::Result<void> result) const;

  std::size_t max_message_;
  bool told_ = false;  // octet counting, by the first bytes alone
  std::string head_;   // the first bytes, until they tell
  std::optional<stream::FrameReader> reader_;
};

}  // namespace logcat
