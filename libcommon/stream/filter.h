// "--filter COMMAND": an ordinary program (grep, jq, awk) between a source and its sink, whatever that is. It is
// started once per batch of messages, with these on its stdin. When it has ended well, what it wrote goes on in the
// batch's place, and the batch is safe when all of that is, and all before it. After any other end, and where its
// output is cut short, nothing of what it wrote is used, and the same batch is offered again.
//
// Bounded: what is collected for the filter and what it is given, 1 MiB each or one message; what it writes in one run,
// --window and four times what it was given. A filter that writes more is killed.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "stream/batch_command.h"
#include "stream/frame.h"
#include "stream/life.h"
#include "stream/output.h"

namespace stream {

class Filter final : public Sink, private RunOutput {
 public:
  // `options.command` is the filter.
  static base::Result<std::unique_ptr<Filter>> open(event::Loop& loop, OutputOptions options,
                                                    std::unique_ptr<Sink> sink, base::Report report);
  // A filter that runs is killed.
  ~Filter() override;

  [[nodiscard]] bool ready() const override { return sink_->ready(); }
  [[nodiscard]] std::optional<Strength> strength() const override { return sink_->strength(); }
  [[nodiscard]] std::size_t room() const override { return failure_ ? 0 : command_->room(); }
  base::Result<void> write(const Batch& batch) override { return command_->write(batch); }
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override;
  [[nodiscard]] bool finished() const override { return life_.is_closing() && !failure_ && sink_->finished(); }
  [[nodiscard]] std::string state() const override { return command_->state() + "; " + sink_->state(); }
  base::Result<void> reopen() override { return sink_->reopen(); }
  base::Result<void> hurry() override;
  void cut_off() override;

 private:
  // A batch that went through: messages ever, its own included, that were taken, and that were made of them.
  struct Passage {
    std::uint64_t taken;
    std::uint64_t made;
  };

  Filter(const OutputOptions& options, std::unique_ptr<Sink> sink, base::Report report);

  [[nodiscard]] bool ready_for_run() const override { return !passing_; }
  void begin(std::size_t bytes) override;
  base::Result<void> take(std::string_view bytes) override;
  base::Result<void> end(std::size_t count) override;

  [[nodiscard]] std::size_t held() const;
  base::Result<bool> pass_on();
  base::Result<void> finish_sink();
  void report_split(std::uint64_t count) const;

  base::Report report_;
  std::unique_ptr<Sink> sink_;
  Framing framing_;
  std::size_t max_message_;
  std::size_t window_;
  FrameReader reader_;
  std::unique_ptr<BatchCommand> command_;
  std::deque<Batch> output_;  // of the run at hand; while passing_, of the last one, as far as it has not gone on
  std::size_t most_ = 0;      // bytes that may be held of it
  bool passing_ = false;
  std::deque<Passage> passages_;        // those that are not known to be safe
  Passage passed_{0, 0};                // the last one ever
  std::uint64_t safe_ = 0;              // as of the passages that were dropped
  std::optional<base::Error> failure_;  // reported when the sink has finished with what came before
  Life life_;                           // closing: the sink was told to finish
};

}  // namespace stream
