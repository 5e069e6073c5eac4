#include "cli/progress.h"

#include <cstdio>

namespace cli {

std::optional<std::string> Progress::update(const stream::Totals& totals, base::Instant now) {
  if (now - start_ < kFirstAfter) return {};
  measure(totals, now);
  char line[160];
  std::snprintf(line, sizeof line, "%llu messages, %.1f MB, %.0f messages/s, %.1f MB/s",
                static_cast<unsigned long long>(totals.messages), static_cast<double>(totals.bytes) / 1e6,
                messages_rate_, bytes_rate_ / 1e6);
  return line;
}

void Progress::measure(const stream::Totals& totals, base::Instant now) {
  const double elapsed = std::chrono::duration<double>(now - mark_).count();
  if (elapsed < 1) return;
  messages_rate_ = static_cast<double>(totals.messages - marked_.messages) / elapsed;
  bytes_rate_ = static_cast<double>(totals.bytes - marked_.bytes) / elapsed;
  mark_ = now;
  marked_ = totals;
}

}  // namespace cli
