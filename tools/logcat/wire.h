// What stands on a stream connection: frames in the framing that was asked for, or whatever comes. Passive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "stream/frame.h"
#include "tools/logcat/mixed_frames.h"

namespace logcat {

class WireReader {
 public:
  // Without a framing each frame is recognised by how it starts (mixed_frames.h), and a client that begins with a TLS
  // handshake or an HTTP request is refused. max_message 0 stands for the default.
  WireReader(std::optional<stream::Framing> framing, std::size_t max_message);

  // As those of FrameReader; Kind::protocol for a client that is refused.
  base::Result<void> feed(std::string_view bytes, stream::Batch& out);
  base::Result<void> finish(stream::Batch& out);
  [[nodiscard]] std::uint64_t split() const;
  [[nodiscard]] std::size_t pending() const;

 private:
  base::Result<void> feed_first(std::string_view bytes, stream::Batch& out);

  std::variant<MixedFrames, stream::FrameReader> frames_;
  bool greeted_ = false;  // it is known whether the client came to the wrong port
  std::string head_;      // the first bytes, until it is
};

}  // namespace logcat
