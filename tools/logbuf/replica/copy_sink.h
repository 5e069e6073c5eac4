// The sink of `logbuf replicate`: appends the master's messages with their ids and times.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "stream/flow.h"
#include "tools/logbuf/changes.h"
#include "tools/logbuf/replica/master_log.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

class CopySink final : public stream::Sink {
 public:
  // `master` is where what is written comes from.
  CopySink(event::Loop& loop, Buffer& buffer, const MasterLog& master, base::Report report);

  [[nodiscard]] std::size_t room() const override;
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override { return flush(); }
  [[nodiscard]] std::uint64_t safe() const override { return safe_; }
  [[nodiscard]] bool finished() const override { return pending_.empty(); }
  [[nodiscard]] std::string state() const override;

 private:
  base::Result<bool> store();

  event::Loop& loop_;
  Buffer& buffer_;
  const MasterLog& master_;
  base::Report report_;
  std::uint64_t safe_ = 0;
  stream::Batch pending_;  // not all of it is stored
  std::vector<Run> pending_runs_;
  std::size_t stored_ = 0;            // messages of pending_
  std::unique_ptr<Changes> changes_;  // set while the buffer is full
};

}  // namespace logbuf
