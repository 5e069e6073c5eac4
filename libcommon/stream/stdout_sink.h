// The sink of a source tool without "--": frames on stdout. A message is safe when it is fully written. That the reader
// of a pipe has gone is an error also while there is nothing to write: whoever follows something would never end.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "event/loop.h"
#include "stream/flow.h"
#include "stream/frame.h"
#include "stream/life.h"
#include "stream/window.h"

namespace stream {

class StdoutSink final : public Sink {
 public:
  static base::Result<std::unique_ptr<StdoutSink>> open(event::Loop& loop, FrameFormat format, int fd = 1);

  [[nodiscard]] std::size_t room() const override { return buffer_.room(); }
  base::Result<void> write(const Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return direct_ + buffer_.safe(); }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::string state() const override;

 private:
  enum class Target { file, pipe, other };
  StdoutSink(event::Loop& loop, FrameFormat format, base::Fd fd, Target target);
  base::Result<std::size_t> put(std::string_view bytes);
  base::Result<void> write_direct(const Batch& batch);

  FrameFormat format_;
  base::Fd fd_;
  bool is_file_;  // always ready: written in blocking mode
  bool reader_gone_ = false;
  Window buffer_;             // what did not fit in the pipe
  std::uint64_t direct_ = 0;  // messages that went out without passing through the buffer
  bool full_ = false;         // the last write found no room
  Life life_;
  event::Io writable_;  // after fd_: stops before it is closed
  event::Io broken_;    // a pipe that is written is readable when it has no reader
};

}  // namespace stream
