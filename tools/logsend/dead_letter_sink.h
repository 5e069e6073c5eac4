// Around a sink whose server may reject messages: keeps what it rejects ("--on-reject dead-letter:BUFFER").
//
// A rejected message goes on to a hop, "logbuf push BUFFER", and counts as safe when that has given a receipt for it.
// Until then it stays in the other sink's window, so that this is the bound for all that waits here: when the buffer
// takes nothing, the window fills with rejected messages and no more are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "stream/batch.h"
#include "stream/flow.h"
#include "stream/hop.h"
#include "stream/life.h"
#include "tools/logsend/rejecting_sink.h"

namespace logsend {

struct DeadLetterOptions {
  std::vector<std::string> command;  // what takes rejected messages
  base::Bytes window{8 << 20};       // the other sink's bounds
  std::size_t window_messages = 65536;
};

class DeadLetterSink final : public stream::Sink {
 public:
  // Makes the sink whose rejected messages are kept.
  using OpenSender = std::function<base::Result<std::unique_ptr<RejectingSink>>(codec::Reject)>;

  // The command is started at once, and no messages are taken before it has greeted, so that a buffer that cannot be
  // used is noticed early; when it cannot take any, that is an error of flush().
  static base::Result<std::unique_ptr<DeadLetterSink>> open(event::Loop& loop, const OpenSender& open_sender,
                                                            DeadLetterOptions options, base::Report report);

  // Messages that are not safe by now will be rejected again: the command need not go on with them.
  ~DeadLetterSink() override;

  [[nodiscard]] bool ready() const override { return letters_->ready(); }
  [[nodiscard]] std::size_t room() const override { return ready() ? sender_->room() : 0; }
  base::Result<void> write(const stream::Batch& batch) override { return sender_->write(batch); }
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return sender_->safe(); }
  [[nodiscard]] bool finished() const override { return sender_->finished() && letters_->finished(); }
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Instant> away_since() const override { return sender_->away_since(); }
  base::Result<void> hurry() override;
  base::Result<void> reopen() override { return sender_->reopen(); }

 private:
  DeadLetterSink(event::Loop& loop, base::Report report);

  void take(const codec::Rejection& rejection);
  base::Result<void> move_letters();
  void say_how_many();

  base::Report report_;
  std::unique_ptr<stream::Hop> letters_;
  std::unique_ptr<RejectingSink> sender_;
  stream::Batch waiting_;              // rejected, and not yet given to letters_
  std::deque<std::uint64_t> numbers_;  // the other sink's, of all rejected messages that are not safe
  std::uint64_t settled_ = 0;          // and how many were before these
  std::uint64_t unsaid_ = 0;           // rejected since people were told
  event::Timer quiet_;                 // until they may be told again
  stream::Life life_;                  // closing: the other sink has finished
};

}  // namespace logsend
