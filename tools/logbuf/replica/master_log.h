// The source of `logbuf replicate`: the master's log from this buffer's own head on, so that every message comes once,
// whatever is killed (docs/protocol-logd.md, REPLICATE).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "net/logd_session.h"
#include "stream/flow.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

class MasterLog final : public stream::Source {
 public:
  // `master` is not empty: addresses of the same log, tried in order.
  static std::unique_ptr<MasterLog> open(event::Loop& loop, Buffer& buffer, std::vector<net::Url> master,
                                         net::LogdOptions options, base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  void stop() override;
  [[nodiscard]] std::string state() const override;

  // Ids and times of what the last read() gave, and the log and epoch it is of.
  [[nodiscard]] const std::vector<Run>& runs() const { return given_runs_; }
  [[nodiscard]] const Mastership& followed() const { return followed_; }

 private:
  MasterLog(event::Loop& loop, Buffer& buffer, std::vector<net::Url> master, net::LogdOptions options,
            base::Report report);
  void ask();
  base::Result<void> ask_for_rest();
  base::Result<void> take(const codec::LogdReply& reply);
  base::Result<void> begin(std::string_view answer);
  base::Result<void> follow(const std::string& log, std::uint64_t epoch);
  base::Result<void> take_message(const codec::LogdReply& reply);
  void tell_of_gap(std::uint64_t next);
  base::Result<void> refused(const codec::LogdReply& reply);
  void fail(base::Error error);

  Buffer& buffer_;
  base::Report report_;
  net::LogdSession session_;
  event::Timer wake_;
  std::string master_;  // for people
  Mastership followed_;
  stream::Batch staged_;
  std::vector<Run> staged_runs_;
  std::vector<Run> given_runs_;
  std::uint64_t taken_ = 0;       // messages
  std::uint64_t safe_ = 0;        // of these
  std::uint64_t given_head_ = 0;  // the id of the last message that read() gave
  std::uint64_t expected_ = 0;    // the id that comes next, or a higher one
  std::uint64_t master_head_ = 0;
  bool following_ = false;  // asked and answered
  bool ask_due_ = false;    // as soon as all that was taken is safe
  bool stopped_ = false;
  std::optional<base::Error> failure_;
};

}  // namespace logbuf
