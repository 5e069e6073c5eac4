// A source whose messages are rendered anew, as --format asks: plain lines are wrapped, events re-rendered. Ids stay.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "stream/batch.h"
#include "stream/flow.h"
#include "tools/logsend/formatter.h"

namespace logsend {

class Formatted final : public stream::Source {
 public:
  Formatted(stream::Source& source, std::unique_ptr<Formatter> formatter)
      : source_(source), formatter_(std::move(formatter)) {}

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override { return source_.acknowledge(count); }
  base::Result<void> check() override { return source_.check(); }
  base::Result<bool> flush_receipts() override { return source_.flush_receipts(); }
  void stop() override { source_.stop(); }
  base::Result<void> reopen() override { return source_.reopen(); }
  [[nodiscard]] std::string state() const override { return source_.state(); }

 private:
  stream::Source& source_;
  std::unique_ptr<Formatter> formatter_;
  stream::Batch raw_;
  std::string text_;
};

}  // namespace logsend
