// Frames that were taken and are not yet safe, encoded as they go on the wire and kept for sending again. Passive.
//
// Shared by everything that waits for somebody else's acknowledgement: the hop (receipts by id) and network sinks
// (bytes acknowledged by the peer's kernel). Bounded: room() is 0 when max_bytes or max_messages is reached; the batch
// that reaches them is taken whole, and may go beyond. Views returned are valid until the window is next changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/batch.h"
#include "stream/frame.h"

namespace stream {

class Window {
 public:
  Window(FrameFormat format, std::size_t max_bytes, std::size_t max_messages);

  // Bytes that fit, 0 unless a useful part of the window is free.
  [[nodiscard]] std::size_t room() const;

  // Encodes and keeps every message of the batch, from index `first` on. Where the format has ids and the batch has
  // none, messages are numbered 1, 2, 3, ... in the order they came.
  void append(const Batch& batch, std::size_t first = 0);

  // A contiguous piece of what was not sent yet; empty: nothing, or nothing before the hold.
  [[nodiscard]] std::string_view unsent() const;
  void sent(std::size_t bytes);
  // Also what is held back.
  [[nodiscard]] bool all_sent() const;

  // unsent() gives nothing beyond the first `count` messages ever appended. Lasts until release().
  void hold_after(std::uint64_t count) { held_ = count; }
  void release() { held_.reset(); }

  // Messages ever, up to the last one of which at least a part was sent since the last resend(), or which is safe.
  [[nodiscard]] std::uint64_t begun() const;
  // What was sent does not end within a frame.
  [[nodiscard]] bool between_frames() const;
  // Messages ever, up to the first one that waits and has an id; nothing where none has.
  [[nodiscard]] std::optional<std::uint64_t> next_with_id() const;

  // The next thing to send is the first frame that is not safe: after a reconnect, a restarted child.
  void resend();

  // As resend(), but first takes every frame from the front on as safe, sent or not, that is covered by the decimal id
  // `last`. True when a frame with an id beyond it is waiting; false when the next frames may still be covered.
  bool skip(std::uint64_t last);

  // Cumulative: the sent frame with this id and all before it are safe. False when no such frame is waiting.
  bool acknowledge(std::string_view id);
  // The first `bytes` sent since construction or the last resend() have arrived: whole frames in them are safe.
  void acknowledge_bytes(std::uint64_t bytes);
  // Everything sent so far is safe.
  void acknowledge_sent();

  [[nodiscard]] std::uint64_t appended() const { return appended_; }  // messages ever
  [[nodiscard]] std::uint64_t safe() const { return safe_; }          // messages ever, from the first on
  [[nodiscard]] std::size_t waiting() const { return static_cast<std::size_t>(appended_ - safe_); }
  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }  // since construction or the last resend()

 private:
  struct Segment {  // frames that stand together in memory, and where each ends
    std::string bytes;
    std::vector<std::size_t> ends;
  };
  struct Place {
    std::size_t segment;
    std::size_t frame;
  };

  Segment& open_segment();
  void append_block(const Batch& batch);
  [[nodiscard]] std::optional<Place> guess(std::string_view id) const;
  void settle();
  [[nodiscard]] std::size_t first_unsafe() const;
  [[nodiscard]] std::uint64_t messages_before(std::size_t segment) const;
  [[nodiscard]] std::size_t sendable_end() const;
  [[nodiscard]] std::size_t sent_frames(std::size_t segment) const;
  [[nodiscard]] std::string_view content(const Segment& segment, std::size_t frame) const;
  void release_through(Place last);
  void recycle_front();

  FrameFormat format_;
  std::size_t max_bytes_;
  std::size_t max_messages_;
  std::deque<Segment> segments_;  // none is empty; the front one holds the first unsafe frame
  std::vector<Segment> spare_;
  std::size_t safe_frames_ = 0;      // of the front segment
  std::size_t sending_ = 0;          // the segment to send from
  std::size_t sending_at_ = 0;       // and where in it
  std::size_t waiting_bytes_ = 0;    // of frames that are not safe
  std::uint64_t sent_bytes_ = 0;     // since the last resend()
  std::uint64_t arrived_bytes_ = 0;  // of these, the ones in safe frames
  std::uint64_t appended_ = 0;
  std::uint64_t safe_ = 0;
  std::optional<std::uint64_t> held_;
};

}  // namespace stream
