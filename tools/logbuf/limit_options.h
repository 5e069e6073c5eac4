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
  std::optional<Compression> compression;

  [[nodiscard]] bool empty() const { return !max_size && !when_full && !retain_size && !retain_time && !compression; }
  base::Result<void> apply(Buffer& buffer) const;
};

void declare_limits(cli::CommandLine& line, LimitOptions& options);

// --compress, of which the two forms have nothing or no compression as long as it is not given.
cli::Option add_compression(cli::CommandLine& line, std::optional<Compression>& compression);
cli::Option add_compression(cli::CommandLine& line, Compression& compression);

}  // namespace logbuf
