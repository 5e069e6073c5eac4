// The progress line: "1234567 messages, 170.4 MB, 845210 messages/s, 116.6 MB/s". Passive: told the totals and the
// time, as often as the line is to change.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "stream/flow.h"

namespace cli {

class Progress {
 public:
  static constexpr base::Duration kFirstAfter = std::chrono::seconds(1);

  explicit Progress(base::Instant start) : start_(start), mark_(start) {}

  // The line to show now; nothing: the work is too young.
  std::optional<std::string> update(const stream::Totals& totals, base::Instant now);

 private:
  void measure(const stream::Totals& totals, base::Instant now);

  base::Instant start_;
  base::Instant mark_;  // when and from what the rates were last measured: once a second, so that they can be read
  stream::Totals marked_;
  double messages_rate_ = 0;
  double bytes_rate_ = 0;
};

}  // namespace cli
