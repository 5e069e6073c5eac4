// A source whose messages go through a Processor with rules that merge (packer.h). What became one event is safe when
// that is; what does not go on is safe as soon as those before it are. All of it is done by this thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/report.h"
#include "event/loop.h"
#include "net/listening_source.h"
#include "rules/packing.h"
#include "rules/processor.h"
#include "stream/batch.h"
#include "stream/source_decorator.h"

namespace rules {

class Merging final : public stream::SourceDecorator {
 public:
  // `senders`: see Processed. `loop` wakes the process when a group is to be closed.
  Merging(event::Loop& loop, std::unique_ptr<stream::Source> source, net::ListeningSource* senders, Processor processor,
          base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  // Reads the rules again.
  base::Result<void> reopen() override;
  [[nodiscard]] std::string state() const override;

 private:
  // After so many messages that went on, so many did not.
  struct Gap {
    std::uint64_t given;
    std::uint64_t messages;
  };

  void take(std::size_t index, std::string_view message);
  void leave_out();
  void reject(std::string_view message);
  void give(stream::Batch& batch, std::size_t full);
  void tell_merged(const Packed& packed);
  base::Result<void> pass_on();

  net::ListeningSource* senders_;  // the same source; null: it has none
  Processor processor_;
  base::Report report_;
  Packing packing_;
  event::Timer due_;  // a group is
  stream::Batch raw_;
  bool has_ids_ = false;
  bool ended_ = false;                  // the source
  std::optional<base::Error> failure_;  // of the source; what came before it goes on first
  std::deque<Gap> gaps_;                // not yet safe
  std::uint64_t taken_ = 0;             // from the source
  std::uint64_t covered_ = 0;           // of these, by what went on and what was left out
  std::uint64_t given_ = 0;
  std::uint64_t merged_ = 0;  // went on in another one
  std::uint64_t left_out_ = 0;
  std::uint64_t rejected_ = 0;
  std::uint64_t safe_ = 0;       // of those given
  std::uint64_t gone_ = 0;       // that were not given by themselves, before the safe ones
  std::uint64_t passed_on_ = 0;  // told to the source
};

}  // namespace rules
