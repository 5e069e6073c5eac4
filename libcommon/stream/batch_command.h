// The sink of "--batch N -- COMMAND": any command, started once per batch with the messages on its stdin. Exit status 0
// makes the batch safe; after any other the same batch is offered again. Its stdout is this process's. Its environment
// says how many messages the batch has, and its first and last id where the source has lasting ones. It has time until
// cut_off(), which ends it, and does not count it as safe.
// A filter (stream/filter.h) is the same, except that what it writes goes on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stream/child.h"
#include "stream/life.h"
#include "stream/output.h"
#include "stream/retry.h"

namespace stream {

// Takes what a command writes, one run at a time.
class RunOutput {
 public:
  virtual ~RunOutput() = default;
  // There can be another run: what the last one wrote has gone on.
  [[nodiscard]] virtual bool ready_for_run() const = 0;
  // A run begins, with so many bytes of messages. What a run wrote that has not ended well is forgotten.
  virtual void begin(std::size_t bytes) = 0;
  // It wrote this. After an error the run is ended and has failed.
  virtual base::Result<void> take(std::string_view bytes) = 0;
  // It has ended well with so many messages. After an error the run has failed.
  virtual base::Result<void> end(std::size_t count) = 0;
};

// How a command differs from one of --batch.
struct BatchRole {
  std::string kind = "batch command";  // for messages
  std::vector<int> statuses{0};        // exit statuses with which it has ended well
  // Takes its stdout; none: that is this process's. With one, the command has a process group of its own, and is killed
  // when its owner goes, since nothing that it does counts any more. Outlives the command.
  RunOutput* output = nullptr;
};

class BatchCommand final : public Sink {
 public:
  static base::Result<std::unique_ptr<BatchCommand>> open(event::Loop& loop, OutputOptions options, base::Report report,
                                                          BatchRole role = {});
  ~BatchCommand() override;

  // An exit status says only that the command was content.
  [[nodiscard]] std::optional<Strength> strength() const override { return Strength::sent; }
  [[nodiscard]] std::size_t room() const override;
  base::Result<void> write(const Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  // With an output: how many have gone through.
  [[nodiscard]] std::uint64_t safe() const override { return safe_; }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::string state() const override;
  base::Result<void> hurry() override;
  void cut_off() override;

 private:
  struct Frames {
    std::string bytes;
    std::vector<std::size_t> ends;
    std::vector<std::string> ids;  // one for each, or none
    [[nodiscard]] std::size_t count() const { return ends.size(); }
  };
  struct Run;  // the command at work

  BatchCommand(event::Loop& loop, OutputOptions options, base::Report report, BatchRole role);

  [[nodiscard]] bool enough() const;
  void cut_batch();
  [[nodiscard]] Child::Environment environment() const;
  base::Result<void> start_if_due();
  base::Result<void> run();
  base::Result<void> feed();
  base::Result<void> drain();
  base::Result<void> read_output();
  base::Result<void> on_end();
  [[nodiscard]] bool ended_well(const ExitStatus& status) const;
  std::string settle();
  base::Result<void> try_again(const std::string& failure);
  void keep(base::Result<void> outcome);

  event::Loop& loop_;
  OutputOptions options_;
  base::Report report_;
  BatchRole role_;
  std::string name_;  // "batch command 'curl -fsS ...'"
  Retry retry_;
  Frames collected_;  // for the next batch
  Frames batch_;      // with the command, or to be offered again
  std::unique_ptr<Run> run_;
  event::Timer age_;      // of the oldest message collected
  event::Timer restart_;  // until batch_ is offered again
  base::Instant last_write_{};
  std::optional<base::Error> failure_;
  std::uint64_t taken_ = 0;
  std::uint64_t safe_ = 0;
  bool old_ = false;     // what is collected should go, however little it is
  bool proven_ = false;  // the command could be started
  Life life_;
};

}  // namespace stream
