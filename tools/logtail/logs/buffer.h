// The tail of a buffer: `logbuf cat` as a child, which is started again when it dies. Places are the buffer's ids.
//
// An id means another message once the buffer was put back to a backup. So a place remembers a fingerprint of the
// message before it, and each child first gives that one again, to be compared.
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
#include "tools/logtail/headers.h"
#include "tools/logtail/logs/logbuf_command.h"
#include "tools/logtail/memory.h"
#include "tools/logtail/start.h"
#include "tools/logtail/tail.h"

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

class BufferTail final : public Tail {
 public:
  // The buffer must exist.
  static base::Result<std::unique_ptr<BufferTail>> open(event::Loop& loop, BufferOptions options, Headers& headers,
                                                        Memory& memory, base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit, Piece& piece) override;
  base::Result<Replayed> replay(const Plan& plan, stream::Batch& batch, Piece& piece) override;
  [[nodiscard]] bool owns(const Place& place) const override { return place.name == place_.name; }
  std::vector<std::uint64_t> take_finished() override { return std::exchange(finished_, {}); }
  void stop() override { stopped_ = true; }
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Kind> failure() const override { return failure_; }

 private:
  struct Life {  // one run of the child
    stream::Child child;
    event::Io readable;
    event::Io ended;
    stream::FrameReader frames;
    bool compared = false;  // the message before place_ with what was remembered of it
  };

  BufferTail(event::Loop& loop, BufferOptions options, Headers& headers, Memory& memory, base::Report report);
  void begin(const BufferState& state);
  std::uint64_t first_of(const BufferState& state);
  [[nodiscard]] std::vector<std::string> command() const;
  base::Result<void> start();
  base::Result<stream::Next> fill();
  base::Result<stream::Next> read_child();
  base::Result<stream::Next> child_ended();
  [[nodiscard]] bool knows_last() const;
  void compare_last();
  void begin_again();
  void give(std::uint64_t last, std::size_t limit, stream::Batch& batch, Piece& piece);
  [[nodiscard]] bool holds() const { return held_next_ < held_.count(); }
  [[nodiscard]] std::uint64_t held_id() const;
  [[nodiscard]] std::string_view held_text() const;

  event::Loop& loop_;
  BufferOptions options_;
  Headers& headers_;
  Memory& memory_;
  base::Report report_;
  std::string uuid_;
  Place place_;                 // up to where messages were given
  std::uint64_t first_id_ = 1;  // that was there at the start
  stream::Retry retry_;
  event::Timer again_;
  std::unique_ptr<Life> life_;
  std::unique_ptr<char[]> buffer_;
  stream::Batch held_;  // came, and were not given
  std::size_t held_next_ = 0;
  std::size_t held_at_ = 0;
  stream::Batch replayed_;
  Piece replayed_piece_;
  stream::Batch below_;  // a header
  std::string line_;     // kept for its capacity only
  std::vector<std::uint64_t> finished_;
  std::optional<base::Kind> failure_;
  bool ended_ = false;
  bool stopped_ = false;
};

}  // namespace logtail
