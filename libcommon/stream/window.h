// Frames that were taken and are not yet safe, encoded as they go on the wire and kept for sending again. Passive.
//
// Shared by everything that waits for somebody else's acknowledgement: the hop (receipts by id) and network sinks
// (bytes acknowledged by the peer's kernel). Bounded: room() is 0 when max_bytes or max_messages is reached.
// Views returned are valid until the window is next changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "stream/batch.h"
#include "stream/frame.h"

namespace stream {

class Window {
 public:
  Window(FrameFormat format, std::size_t max_bytes, std::size_t max_messages);

  // Bytes that fit; a batch somewhat larger is taken as well.
  [[nodiscard]] std::size_t room() const;

  // Encodes and keeps every message of the batch, from index `first` on.
  void append(const Batch& batch, std::size_t first = 0);

  // A contiguous piece of what was not sent yet; empty: nothing.
  [[nodiscard]] std::string_view unsent() const;
  void sent(std::size_t bytes);

  // The next thing to send is the first frame that is not safe: after a reconnect, a restarted child.
  void resend();

  // Cumulative: the sent frame with this id and all before it are safe. False when no such frame is waiting.
  bool acknowledge(std::string_view id);
  // The first `bytes` sent since construction or the last resend() have arrived: whole frames in them are safe.
  void acknowledge_bytes(std::uint64_t bytes);
  // Everything sent so far is safe.
  void acknowledge_sent();

  [[nodiscard]] std::uint64_t appended() const;  // messages ever
  [[nodiscard]] std::uint64_t safe() const;      // messages ever, from the first on
  [[nodiscard]] std::size_t waiting() const { return static_cast<std::size_t>(appended() - safe()); }
  [[nodiscard]] std::uint64_t sent_bytes() const;  // since construction or the last resend()

 private:
  struct Segment;  // one batch's frames and where each ends
  FrameFormat format_;
  std::size_t max_bytes_;
  std::size_t max_messages_;
  std::deque<Segment> segments_;
  std::vector<Segment> spare_;
};

}  // namespace stream
