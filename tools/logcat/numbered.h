// Gives a source's messages the ids 1, 2, 3, ... of this process, for -i and hops; sources that have none of their own.
#pragma once

#include "stream/source_decorator.h"

namespace logcat {

class Numbered final : public stream::SourceDecorator {
 public:
  using SourceDecorator::SourceDecorator;

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override {
    const std::size_t before = batch.count();
    auto next = source().read(batch, limit);
    if (batch.count() == before) return next;
    batch.number_from(next_id_);
    next_id_ += batch.count() - before;
    return next;
  }

 private:
  std::uint64_t next_id_ = 1;
};

}  // namespace logcat
