#include "tools/logbuf/limit_options.h"

namespace logbuf {

base::Result<void> LimitOptions::apply(Buffer& buffer) const {
  return buffer.set_limits([this](Limits& limits) {
    limits.max_size = max_size.value_or(limits.max_size);
    limits.when_full = when_full.value_or(limits.when_full);
    limits.retain_size = retain_size.value_or(limits.retain_size);
    limits.retain_time = retain_time.value_or(limits.retain_time);
  });
}

void declare_limits(cli::CommandLine& line, LimitOptions& options) {
  constexpr char kLimits[] = "Limits (kept in the buffer)";
  cli::add_bytes(line, "--max-size", options.max_size, "store at most this much (default for a new buffer: 1GiB)",
                 kMinMaxSize)
      .group(kLimits);
  cli::add_parsed(line, "--full", options.when_full, parse_when_full,
                  "when full: block (default for a new buffer), drop-newest or drop-oldest")
      .value_name("POLICY")
      .choices({"block", "drop-newest", "drop-oldest"})
      .group(kLimits);
  cli::add_bytes(line, "--retain-size", options.retain_size,
                 "keep acknowledged messages while the buffer holds no more than this; 0: do not keep them")
      .group(kLimits);
  cli::add_duration(line, "--retain-time", options.retain_time,
                    "keep acknowledged messages until they are this old; 0: do not keep them")
      .group(kLimits);
}

}  // namespace logbuf
