// The source of ring: reads what programs log with mulog, out of their ring files, in order of time.
//
// At each look it copies what has come in all rings. What is older than that look by half of `poll` is given on:
// whatever is older has been written by then, unless a thread stood still in the middle of a log call. The order
// within a thread is kept in any case.
//
// The bodies are in ring_source.cc and, what has to do with the journal, in ring_replay.cc.
//
// With a journal each event has the same id whenever it is sent, also by the next reader (docs/decisions/0061).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "event/loop.h"
#include "net/url.h"
#include "stream/flow.h"
#include "stream/handshake.h"
#include "tools/logcat/ring/journal.h"
#include "tools/logcat/ring/metrics_page.h"
#include "tools/logcat/ring/ring_files.h"

namespace logcat {

struct RingOptions {
  base::Duration poll = std::chrono::milliseconds(50);
  bool exact = false;  // give events ids that last, by a journal
};

class RingSource final : public stream::Source {
 public:
  // The path of each address is a ring file, which must be fit to be read, or a directory of them.
  // `metrics`: null for none.
  static base::Result<std::unique_ptr<RingSource>> open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                        RingOptions options, std::unique_ptr<MetricsPage> metrics,
                                                        base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  void stop() override { stopped_ = true; }
  [[nodiscard]] std::string state() const override;

  // Where the metrics are.
  [[nodiscard]] std::vector<std::string> addresses() const;
  // What the ids belong to; empty: to this process.
  [[nodiscard]] std::string origin() const { return journal_ ? journal_->origin() : std::string(); }
  // stream::OutputOptions, where there is an origin.
  base::Result<std::string> renew_origin(const stream::Greeting& greeting);
  void greeted(const stream::Greeting& greeting);

 private:
  // The oldest event that a ring has.
  struct Head {
    std::uint64_t order;
    OpenRingFile* open;
    std::size_t ring;

    [[nodiscard]] bool is_before(const Head& other) const {
      if (order != other.order) return order < other.order;
      return open != other.open ? open->number < other.open->number : ring < other.ring;
    }
  };
  struct Given {
    std::shared_ptr<OpenRingFile> open;
    SentRun run;
  };

  RingSource(event::Loop& loop, RingOptions options, base::Report report);

  // How long an event waits for older ones.
  [[nodiscard]] base::Duration settle_time() const { return options_.poll / 2; }
  [[nodiscard]] base::Duration until_settled() const;
  void look(base::Instant now);
  double look_into(OpenRingFile& open);
  void plan_next_look(base::Instant now, double filled);
  bool fill(OpenRingFile& open, std::size_t ring);
  void give(stream::Batch& batch, std::size_t end);
  void give_run(stream::Batch& batch, std::size_t end, Head& head, const Head* other);
  bool give_event(stream::Batch& batch, OpenRingFile& open, std::size_t ring, std::uint64_t id);
  void note(OpenRingFile& open, SentRun run);
  base::Result<void> write_journal();
  [[nodiscard]] std::vector<SentRun> unsafe_runs() const;
  [[nodiscard]] bool tells_later() const;

  bool replay(stream::Batch& batch, std::size_t end);
  bool replay_run(stream::Batch& batch, std::size_t end, OpenRingFile& open, SentRun& run);
  bool find_front(OpenRingFile& open, const SentRun& run);
  void replay_loss(stream::Batch& batch, OpenRingFile& open, const SentRun& run);

  RingOptions options_;
  base::Report report_;
  std::unique_ptr<MetricsPage> metrics_;
  bool due_ = false;  // a look, whatever the time
  RingFiles files_;
  std::size_t room_ = 0;  // bytes that are copied of each ring at a time
  event::Timer timer_;

  base::Instant last_look_{};
  base::Instant next_look_{};
  std::uint64_t newest_ = 0;   // of the times that were seen
  std::uint64_t horizon_ = 0;  // what is not newer is given
  struct {
    base::Instant at{};
    std::uint64_t newest = 0;
  } mark_;                             // some look before
  std::uint64_t settled_ = 0;          // the newest time of a look that is old enough
  std::optional<std::uint64_t> held_;  // the oldest time that is not given yet

  std::vector<Head> heads_;
  std::string json_;
  std::deque<Given> unsafe_;
  std::uint64_t safe_ = 0;
  std::uint64_t messages_ = 0;

  std::optional<Journal> journal_;
  std::deque<SentRun> replays_;  // what an earlier reader sent
  std::vector<SentRun> fresh_;   // given, and not in the journal yet
  std::uint64_t next_id_ = 1;
  std::optional<std::uint64_t> last_taken_;  // by the sink; none: it has not greeted yet
  bool stopped_ = false;
};

}  // namespace logcat
