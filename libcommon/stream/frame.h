// Frames: how messages stand on a pipe (logpipe(7), FRAMES). Passive: bytes in, messages out, no descriptors.
//
//   line   message LF                     an LF inside a message is written as "#012"
//   nul    message NUL                    a NUL inside a message is written as "#000"
//   octet  LENGTH SP message              RFC 6587, section 3.4.1; any bytes
//
// With ids the frame's content is ID TAB message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "stream/batch.h"

namespace stream {

enum class Framing { line, nul, octet };

std::string_view framing_name(Framing framing);

inline constexpr std::size_t kDefaultMaxMessage = 1 << 20;
inline constexpr std::size_t kMaxIdLength = 64;

struct FrameFormat {
  Framing framing = Framing::line;
  bool ids = false;
};

// What becomes of a message that is longer than max_message.
enum class Oversize {
  split,   // cut into several, counted by split(); with ids only the last piece has the id
  refuse,  // an error: the sender promised shorter ones
};

// For people: "messages over 100 bytes were cut into several: 3; see --max-message".
std::string split_text(std::size_t max_message, std::uint64_t count);

// Cuts a byte stream into messages. Give it the bytes as they come, in any pieces; what is left over is kept inside,
// at most max_message bytes plus a header. A longer message becomes several, counted by split().
class FrameReader {
 public:
  // max_message 0 stands for the default.
  explicit FrameReader(FrameFormat format, std::size_t max_message = kDefaultMaxMessage,
                       Oversize oversize = Oversize::split)
      : format_(format), max_message_(max_message == 0 ? kDefaultMaxMessage : max_message), oversize_(oversize) {}

  // Takes all of `bytes`; appends every message that is now whole. An error (Kind::data: a count that is not a number
  // or is too large, an id that is missing) ends the stream: the messages before it are in `out`, further calls fail
  // alike.
  base::Result<void> feed(std::string_view bytes, Batch& out);

  // The stream has ended: an unterminated last line is a message; half an octet frame is an error.
  base::Result<void> finish(Batch& out);

  // Messages that were cut because they were over max_message.
  [[nodiscard]] std::uint64_t split() const { return split_; }
  // Bytes held back because their frame is not complete.
  [[nodiscard]] std::size_t pending() const { return partial_.size(); }

 private:
  base::Result<void> take(std::string_view bytes, Batch& out);
  base::Result<void> take_lines(std::string_view bytes, Batch& out);
  base::Result<void> take_separated(std::string_view bytes, char separator, Batch& out);
  void take_whole_octets(std::string_view& bytes, Batch& out);
  base::Result<void> take_octets(std::string_view bytes, Batch& out);
  base::Result<bool> take_count(std::string_view& bytes);
  base::Result<void> take_whole(std::string_view content, Batch& out);
  base::Result<void> hold(std::string_view content, Batch& out);
  base::Result<void> hold_id(std::string_view& content);
  base::Result<void> give_piece(Batch& out);
  base::Result<void> give_held(Batch& out);
  base::Result<void> end_of_input(Batch& out);

  FrameFormat format_;
  std::size_t max_message_;
  Oversize oversize_;
  std::string partial_;       // octet: a count's digits; otherwise and then: ID TAB (once whole) and message
  std::size_t id_bytes_ = 0;  // of partial_, TAB included, once the id is whole
  bool cutting_ = false;      // pieces of the message in partial_ were given out already
  std::size_t promised_ = 0;  // octet: the count of the frame at hand
  std::size_t missing_ = 0;   // octet: how much of it has not come yet
  std::uint64_t split_ = 0;
  std::vector<std::uint32_t> lengths_;  // kept for its capacity only
  std::optional<base::Error> failed_;
};

// Appends the frames of every message in the batch. With format.ids the batch must have ids.
void append_frames(std::string& out, FrameFormat format, const Batch& batch);

// Appends one frame.
void append_frame(std::string& out, FrameFormat format, std::string_view id, std::string_view message);

}  // namespace stream
