// The source of every sink tool: frames on stdin, receipts on stdout.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "base/fd.h"
#include "event/loop.h"
#include "stream/flow.h"
#include "stream/frame.h"
#include "stream/handshake.h"

namespace stream {

struct InputOptions {
  FrameFormat format;
  bool receipts = false;
  std::size_t max_message = kDefaultMaxMessage;
  Oversize oversize = Oversize::split;
  bool are_receipts = false;  // what is read: one without its end may be half an id, and is left out
};

class Input final : public Source {
 public:
  // Reads frames from `in` and writes receipts to `out`. With an invitation the options are a hop's: octet framing,
  // ids, receipts, its max_message; what does not keep to that is an error (Kind::protocol).
  static base::Result<std::unique_ptr<Input>> open(event::Loop& loop, InputOptions options,
                                                   std::optional<Invitation> invitation, base::Report report,
                                                   int in = 0, int out = 1);
  ~Input() override;

  // In a hop, answers the source; otherwise does nothing. Call once, when the sink is ready to take messages.
  base::Result<void> greet(const Greeting& greeting);

  base::Result<Next> read(Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  base::Result<bool> flush_receipts() override;
  void stop() override;

 private:
  struct Impl;
  explicit Input(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace stream
