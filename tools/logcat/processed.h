// A source whose messages go through a Processor. Messages that do not go on are safe as soon as those before them are.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/report.h"
#include "stream/batch.h"
#include "stream/flow.h"
#include "tools/logcat/processor.h"

namespace logcat {

struct ProcessedHooks {
  // Of the inner source's message at a position, from 1 on, asked for in order. Unset: not known.
  std::function<const net::Peer*(std::uint64_t position)> peer;
  // The inner source tells the sender of the message; false: it cannot.
  std::function<bool(std::uint64_t position, std::string_view reason)> reject;
};

class Processed final : public stream::Source {
 public:
  Processed(std::unique_ptr<stream::Source> source, Processor processor, ProcessedHooks hooks, base::Report report)
      : source_(std::move(source)),
        processor_(std::move(processor)),
        hooks_(std::move(hooks)),
        report_(std::move(report)) {}

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  base::Result<void> check() override { return source_->check(); }
  base::Result<bool> flush_receipts() override { return source_->flush_receipts(); }
  void stop() override { source_->stop(); }
  base::Result<void> reopen() override { return source_->reopen(); }
  [[nodiscard]] std::string state() const override;

 private:
  // After so many messages that went on, so many did not.
  struct Gap {
    std::uint64_t kept;
    std::uint64_t messages;
  };

  void process(std::string_view message, stream::Batch& batch);
  void leave_out();
  void rejected(std::string_view message);
  base::Result<void> pass_on();

  std::unique_ptr<stream::Source> source_;
  Processor processor_;
  ProcessedHooks hooks_;
  base::Report report_;
  stream::Batch raw_;
  std::string text_;
  std::deque<Gap> gaps_;     // not yet safe
  std::uint64_t taken_ = 0;  // from the source
  std::uint64_t kept_ = 0;
  std::uint64_t rejected_ = 0;
  std::uint64_t safe_ = 0;       // of those kept
  std::uint64_t gone_ = 0;       // left out, before the safe ones
  std::uint64_t passed_on_ = 0;  // told to the source
};

}  // namespace logcat
