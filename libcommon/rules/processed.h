// A source whose messages go through a Processor. Their ids stay. Messages that do not go on are safe as soon as those
// before them are.
//
// With several threads, batches are processed side by side and go on in their order. What is under way is bounded: two
// jobs for each thread, of 256 KiB of messages or one message that is longer.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "net/listening_source.h"
#include "rules/job.h"
#include "rules/processor.h"
#include "rules/workers.h"
#include "stream/batch.h"
#include "stream/source_decorator.h"

namespace rules {

class Processed final : public stream::SourceDecorator {
 public:
  // `senders` is the same source, where it knows who sent its messages; else null. Events learn it then, and the sender
  // of a message that is rejected is told where that can be. `workers`: null for none but this thread.
  Processed(std::unique_ptr<stream::Source> source, net::ListeningSource* senders, Processor processor,
            base::Report report, std::unique_ptr<Workers> workers = nullptr);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  // Reads the rules again.
  base::Result<void> reopen() override;
  [[nodiscard]] std::string state() const override;

 private:
  void read_on(std::size_t limit);
  void read_into(Job& job, std::size_t limit);
  void process_here(std::unique_ptr<Job> job);
  void hand_in(std::unique_ptr<Job> job);
  [[nodiscard]] bool take_done();
  void account_for(const Job& job);
  void give(stream::Batch& batch, std::size_t limit);
  [[nodiscard]] bool is_working() const { return workers_ && !workers_->idle(); }
  std::unique_ptr<Job> new_job();
  base::Result<void> pass_on();

  net::ListeningSource* senders_;  // the same source; null: it has none
  Processor processor_;
  base::Report report_;
  std::unique_ptr<Workers> workers_;
  std::vector<std::unique_ptr<Job>> spare_;
  stream::Next next_ = stream::Next::more;  // what the source said last
  std::optional<base::Error> failure_;      // of the source; what came before it goes on first

  std::unique_ptr<Job> giving_;  // done, and given in part
  std::size_t given_ = 0;        // messages of it
  std::size_t given_bytes_ = 0;  // and their bytes
  std::deque<Job::Gap> gaps_;    // not yet safe, by all that were kept ever
  std::uint64_t read_ = 0;       // from the source
  std::uint64_t taken_ = 0;      // of these, accounted for
  std::uint64_t kept_ = 0;
  std::uint64_t rejected_ = 0;
  std::uint64_t failures_ = 0;   // of rules
  std::uint64_t safe_ = 0;       // of those kept
  std::uint64_t gone_ = 0;       // left out, before the safe ones
  std::uint64_t passed_on_ = 0;  // told to the source
};

// A Processor for each thread, and one for the loop's own.
using MakeProcessor = std::function<base::Result<Processor>(ProcessorOptions)>;

// Around a source, for `senders` see Processed; the source itself where there is nothing to do. `make`: none for a
// plain Processor of this host.
base::Result<std::unique_ptr<stream::Source>> processed(event::Loop& loop, std::unique_ptr<stream::Source> source,
                                                        const ProcessorOptions& options, const base::Report& report,
                                                        net::ListeningSource* senders = nullptr,
                                                        const MakeProcessor& make = {});

}  // namespace rules
