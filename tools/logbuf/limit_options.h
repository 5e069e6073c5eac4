// The limits that a buffer keeps, as options: of `logbuf push` and `logbuf set`.
#pragma once

#include <optional>

#include "cli/options.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

// Nothing: stays as it is.
struct LimitOptions {
  std::optional<base::Bytes> max_size;
  std::optional<WhenFull> when_full;
  std::optional<base::Bytes> retain_size;
  std::optional<base::Duration> retain_time;

  [[nodiscard]] bool empty() const { return !max_size && !when_full && !retain_size && !retain_time; }
  base::Result<void> apply(Buffer& buffer) const;
};

void declare_limits(cli::CommandLine& line, LimitOptions& options);

}  // namespace logbuf
