// A source whose messages are rendered anew, as --format asks: plain lines are wrapped, events re-rendered. Ids stay.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "codec/event.h"
#include "codec/format.h"
#include "codec/parse.h"
#include "stream/batch.h"
#include "stream/flow.h"

namespace logsend {

// What a message gets that does not say; empty: nothing but for what logger(1) sets as well.
struct Defaults {
  std::string priority = "user.notice";  // FACILITY.SEVERITY, or the number
  std::string hostname;                  // empty: this host's
  std::string appname;                   // empty: the user's name
  std::string procid;
  std::string msgid;
  std::string structured_data;  // as in RFC 5424
};

class Formatted final : public stream::Source {
 public:
  // Kind::usage for a priority or structured data that is none.
  static base::Result<std::unique_ptr<Formatted>> open(stream::Source& source, codec::Mode mode, codec::Format format,
                                                       Defaults defaults);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override { return source_.acknowledge(count); }
  base::Result<bool> flush_receipts() override { return source_.flush_receipts(); }
  void stop() override { source_.stop(); }
  [[nodiscard]] std::string state() const override { return source_.state(); }

 private:
  Formatted(stream::Source& source, codec::Mode mode, codec::Format format, Defaults defaults)
      : source_(source), mode_(mode), format_(std::move(format)), defaults_(std::move(defaults)) {}

  stream::Source& source_;
  codec::Mode mode_;
  codec::Format format_;
  Defaults defaults_;
  codec::Event missing_;  // views into defaults_
  stream::Batch raw_;
  std::string text_;
};

}  // namespace logsend
