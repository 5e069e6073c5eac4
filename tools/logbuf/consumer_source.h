// The source of `logbuf peek` and `pop`: messages from the head of one consumer's R, which move to B as they are handed
// out.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "stream/flow.h"
#include "stream/handshake.h"
#include "stream/prefetch.h"
#include "tools/logbuf/changes.h"
#include "tools/logbuf/loss_message.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

struct ConsumerSourceOptions {
  std::string consumer = "default";
  bool follow = false;
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();  // at most so many messages
  bool ids = false;
  bool acknowledge = false;  // what is safe is acknowledged in the buffer
  bool take_back = false;    // lease what is claimed, and begin with what dead predecessors left
  bool origin = false;       // messages go to a hop: see origin()
  bool rewritten = false;    // before the sink takes them, so that its fingerprint is of something else
  bool skip_damage = true;
  bool report_loss = false;  // messages that were dropped are told by one in their place, which has the last id of them
  LossForm loss_form = LossForm::logbuf;
  stream::PrefetchOptions prefetch;
};

class ConsumerSource final : public stream::Source {
 public:
  // The consumer must exist.
  static base::Result<std::unique_ptr<ConsumerSource>> open(event::Loop& loop, Buffer& buffer,
                                                            ConsumerSourceOptions options, base::Report report);

  // For the hop: buffer, consumer and generation; empty where another process sends under it.
  [[nodiscard]] const std::string& origin() const { return origin_; }

  // A receiver has something under this origin: see OutputOptions::renew_origin.
  base::Result<std::string> renew_origin(const stream::Greeting& greeting);
  // The receiver has greeted, and has so much of this origin. Before that no loss can be told: how many of the messages
  // are missing there is not known.
  void greeted(std::uint64_t last) { theirs_ = last; }

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  base::Result<bool> flush_receipts() override;
  void stop() override { stopped_ = true; }

  // Commits the acknowledgements that are still to be committed and gives back what was claimed and never handed out.
  // Call after the pump, whatever its end.
  base::Result<void> close();

  // It ended because somebody rewound the consumer, or died with messages of it: the rest must be sent under another
  // origin, by a new source.
  [[nodiscard]] bool rewound() const { return rewound_ && !stopped_; }
  // Damaged messages were passed over.
  [[nodiscard]] bool damaged() const { return damaged_; }
  // Messages handed out.
  [[nodiscard]] std::uint64_t handed_out() const { return handed_out_; }

 private:
  // What one read() gave: messages up to the end-th are those of the range, one for one, unless some were missing.
  struct Handed {
    std::uint64_t end;
    std::uint64_t messages;
    Range range;
  };

  ConsumerSource(event::Loop& loop, Buffer& buffer, ConsumerSourceOptions options, base::Report report);
  base::Result<void> begin();
  base::Result<void> settle();
  void settled();
  base::Result<stream::Next> claim_more(std::size_t limit);
  base::Result<stream::Next> claim(std::size_t limit, std::uint64_t messages);
  base::Result<bool> anything_ready();
  [[nodiscard]] IsLive is_dead() const;
  base::Result<void> take_over(std::uint64_t consumer_number);
  base::Result<void> take_back(bool for_origin);
  stream::Next starve();
  base::Result<void> read_claimed(stream::Batch& batch, std::size_t limit);
  base::Result<Range> read_range(Range range, stream::Batch& batch, std::size_t limit);
  base::Result<Range> read_what_is_there(Range range, stream::Batch& batch, std::size_t limit);
  base::Result<void> tell_loss(Range range, stream::Batch& batch);
  base::Result<void> set_tells_loss();
  void note_handed(std::uint64_t messages, Range range);
  bool on_damage(const Damage& damage);
  void done(Range range);

  Buffer& buffer_;
  ConsumerSourceOptions options_;
  base::Report report_;
  Claimant claimant_;
  std::string origin_;
  std::string origin_prefix_;  // without the generation
  std::uint64_t until_ = std::numeric_limits<std::uint64_t>::max();
  std::unique_ptr<Changes> changes_;  // where following
  std::deque<Claimed> claimed_;       // not read yet
  std::deque<Handed> handed_;         // not acknowledged by the sink yet
  std::vector<Range> done_;           // acknowledged by the sink, not in the buffer yet
  stream::Prefetch prefetch_;
  event::Timer commit_soon_;
  event::Timer wake_;  // only wakes the loop
  std::optional<base::Error> failure_;
  std::uint64_t handed_out_ = 0;
  std::uint64_t safe_ = 0;               // of these
  std::uint64_t settled_ = 0;            // of these
  std::optional<std::uint64_t> theirs_;  // the last id that the receiver has under the origin; none: not known yet
  bool idle_ = false;                    // nothing was ready when last looked
  bool starved_ = false;                 // something was, but the sink must confirm some first
  bool damaged_ = false;
  bool stopped_ = false;
  bool rewound_ = false;
};

}  // namespace logbuf
