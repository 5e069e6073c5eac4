// The sink of "-- COMMAND" and "--plain -- COMMAND": a child that takes frames on its stdin and writes receipts on its
// stdout (logpipe(7), HOPS). Started at once; when it dies it is started again and everything unreceipted is sent
// again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "stream/child.h"
#include "stream/outlet.h"
#include "stream/retry.h"
#include "stream/window.h"

namespace stream {

class Hop final : public Sink {
 public:
  static base::Result<std::unique_ptr<Hop>> start(event::Loop& loop, OutletOptions options, base::Report report);
  // The child is left to finish by itself with what it has.
  ~Hop() override;

  [[nodiscard]] std::size_t room() const override { return window_.room(); }
  base::Result<void> write(const Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return window_.safe(); }
  [[nodiscard]] bool finished() const override { return finished_; }
  [[nodiscard]] std::string state() const override;

 private:
  enum class Stage {
    greeting,  // has not answered yet
    ready,     // takes frames
    leaving,   // closed a pipe, so it should end by itself now
    doomed,    // told to end
  };
  struct Life;  // one run of the child

  Hop(event::Loop& loop, OutletOptions options, base::Report report);

  base::Result<void> start_child();
  base::Result<void> restart();
  base::Result<void> on_timer();
  base::Result<void> on_end();
  base::Result<void> read_output();
  base::Result<void> take_line(std::string_view line);
  base::Result<void> take_greeting(std::string_view line);
  base::Result<void> take_receipt(std::string_view line);
  base::Result<void> send();
  base::Result<void> output_closed();
  base::Result<void> check_stuck();
  void close_input();
  void expect_end(std::string reason);
  void doom(std::string reason);
  base::Result<void> ended(const ExitStatus& status, bool input_complete, const std::string& reason);
  base::Result<void> try_again(const std::string& failure);
  [[nodiscard]] base::Result<void> handshake_failed(const std::string& why);
  [[nodiscard]] std::string advice() const;
  void keep(base::Result<void> outcome);

  event::Loop& loop_;
  OutletOptions options_;
  base::Report report_;
  std::string name_;  // "hop 'logbuf push q'"
  Window window_;
  Retry retry_;
  std::unique_ptr<Life> life_;  // nothing between two lives
  event::Timer timer_;          // of the stage, or until the next life
  std::optional<base::Error> failure_;
  std::optional<std::uint64_t> skip_to_;  // set while messages that the child already has may come
  bool proven_ = false;                   // some child has greeted, or with --plain, written a receipt
  bool finishing_ = false;
  bool finished_ = false;
};

}  // namespace stream
