#include "tools/logcat/wire.h"

#include <utility>

#include "codec/foreign.h"

namespace logcat {

using base::Result;
using stream::FrameReader;

WireReader::WireReader(std::optional<stream::Framing> framing, std::size_t max_message)
    : frames_(MixedFrames(max_message == 0 ? stream::kDefaultMaxMessage : max_message)), greeted_(framing.has_value()) {
  if (framing) frames_.emplace<FrameReader>(stream::FrameFormat{*framing, false}, max_message);
}

Result<void> WireReader::feed(std::string_view bytes, stream::Batch& out) {
  if (!greeted_) return feed_first(bytes, out);
  if (auto* frames = std::get_if<FrameReader>(&frames_)) return frames->feed(bytes, out);
  std::get<MixedFrames>(frames_).feed(bytes, out);
  return {};
}

Result<void> WireReader::feed_first(std::string_view bytes, stream::Batch& out) {
  head_.append(bytes);
  const auto foreign = codec::foreign_protocol(head_);
  if (!foreign) return {};
  if (!foreign->empty()) {
    head_.clear();
    return base::fail(base::Kind::protocol, "read frames", std::string(*foreign) + " came to a port for log messages");
  }
  greeted_ = true;
  return feed(std::exchange(head_, {}), out);
}

Result<void> WireReader::finish(stream::Batch& out) {
  if (!std::exchange(greeted_, true)) TRY(feed(std::exchange(head_, {}), out));
  if (auto* frames = std::get_if<FrameReader>(&frames_)) return frames->finish(out);
  return std::get<MixedFrames>(frames_).finish(out);
}

std::uint64_t WireReader::split() const {
  return std::visit([](const auto& frames) { return frames.split(); }, frames_);
}

std::size_t WireReader::pending() const {
  return head_.size() + std::visit([](const auto& frames) { return frames.pending(); }, frames_);
}

}  // namespace logcat
