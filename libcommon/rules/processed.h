// A source whose messages go through a Processor. Their ids stay. Messages that do not go on are safe as soon as those
// before them are.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "base/report.h"
#include "net/listening_source.h"
#include "rules/processor.h"
#include "stream/batch.h"
#include "stream/source_decorator.h"

namespace rules {

class Processed final : public stream::SourceDecorator {
 public:
  // `senders` is the same source, where it knows who sent its messages; else null. Events learn it then, and the sender
  // of a message that is rejected is told where that can be.
  Processed(std::unique_ptr<stream::Source> source, net::ListeningSource* senders, Processor processor,
            base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  // Reads the rules again.
  base::Result<void> reopen() override;
  [[nodiscard]] std::string state() const override;

 private:
  // After so many messages that went on, so many did not.
  struct Gap {
    std::uint64_t kept;
    std::uint64_t messages;
  };

  void process(std::size_t index, std::string_view message, stream::Batch& batch);
  void keep(std::size_t index, const codec::Event& event, stream::Batch& batch);
  void leave_out();
  void rejected(std::string_view message);
  base::Result<void> pass_on();

  net::ListeningSource* senders_;  // the same source; null: it has none
  Processor processor_;
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

// Around a source, for `senders` see Processed; the source itself where there is nothing to do.
std::unique_ptr<stream::Source> processed(std::unique_ptr<stream::Source> source, const ProcessorOptions& options,
                                          const base::Report& report, net::ListeningSource* senders = nullptr);

}  // namespace rules
