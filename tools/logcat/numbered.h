// Gives a source's messages the ids 1, 2, 3, ... of this process, for -i and hops; sources that have none of their own.
#pragma once

#include "stream/flow.h"

namespace logcat {

class Numbered final : public stream::Source {
 public:
  explicit Numbered(stream::Source& source) : source_(source) {}

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override {
    const std::size_t before = batch.count();
    auto next = source_.read(batch, limit);
    if (batch.count() == before) return next;
    batch.number_from(next_id_);
    next_id_ += batch.count() - before;
    return next;
  }
  base::Result<void> acknowledge(std::uint64_t count) override { return source_.acknowledge(count); }
  base::Result<void> check() override { return source_.check(); }
  base::Result<bool> flush_receipts() override { return source_.flush_receipts(); }
  void stop() override { source_.stop(); }
  base::Result<void> reopen() override { return source_.reopen(); }
  [[nodiscard]] std::string state() const override { return source_.state(); }

 private:
  stream::Source& source_;
  std::uint64_t next_id_ = 1;
};

}  // namespace logcat
