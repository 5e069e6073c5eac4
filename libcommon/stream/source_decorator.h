// The base of what stands around a source, or around several, and changes what flows. Everything that a derived class
// does not override goes to each of them, so that none forgets a call.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stream/flow.h"

namespace stream {

class SourceDecorator : public Source {
 public:
  explicit SourceDecorator(std::unique_ptr<Source> source);
  // At least one. Where there are several, read() and acknowledge() are the derived class's own.
  explicit SourceDecorator(std::vector<std::unique_ptr<Source>> sources);

  base::Result<Next> read(Batch& batch, std::size_t limit) override { return source().read(batch, limit); }
  base::Result<void> acknowledge(std::uint64_t count) override { return source().acknowledge(count); }
  base::Result<bool> flush_receipts() override;
  void set_sink_full_since(std::optional<base::Instant> since) override;
  void stop() override;
  // All of them, and the first error of all: what they share is reported once.
  base::Result<void> reopen() override;
  // "one; two"
  [[nodiscard]] std::string state() const override;

 protected:
  [[nodiscard]] Source& source(std::size_t index = 0) const { return *sources_[index]; }
  [[nodiscard]] std::size_t count() const { return sources_.size(); }

 private:
  std::vector<std::unique_ptr<Source>> sources_;
};

}  // namespace stream
