// The tail of a buffer: `logbuf cat` as a child, which is started again when it dies.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "event/loop.h"
#include "stream/child.h"
#include "stream/frame.h"
#include "stream/retry.h"
#include "tools/logtail/logs/log_tail.h"
#include "tools/logtail/logs/logbuf_command.h"
#include "tools/logtail/start.h"

namespace logtail {

struct BufferOptions {
  std::string path;
  bool follow = false;
  Start start;
  std::optional<base::WallTime> since;  // by the time of acceptance
  std::optional<base::WallTime> until;
  bool prefix = false;
  bool colour = false;
};

class BufferTail final : public LogTail {
 public:
  // The buffer must exist.
  static base::Result<std::unique_ptr<BufferTail>> open(event::Loop& loop, BufferOptions options, Headers& headers,
                                                        Memory& memory, base::Report report);

  void stop() override { stopped_ = true; }
  [[nodiscard]] std::string state() const override;

 private:
  struct Life {  // one run of the child
    stream::Child child;
    event::Io readable;
    event::Io ended;
    stream::FrameReader frames;
  };

  BufferTail(event::Loop& loop, BufferOptions options, Headers& headers, Memory& memory, base::Report report);
  base::Result<stream::Next> fill() override;
  void ask_for_oldest() override;
  void begin(const BufferState& state);
  std::uint64_t first_of(const BufferState& state);
  std::vector<std::string> command();
  base::Result<void> start();
  base::Result<stream::Next> read_child();
  base::Result<stream::Next> child_ended();

  event::Loop& loop_;
  BufferOptions options_;
  stream::Retry retry_;
  event::Timer again_;
  std::unique_ptr<Life> life_;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace logtail
