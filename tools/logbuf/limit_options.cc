#include "tools/logbuf/limit_options.h"

namespace logbuf {
namespace {

template <class Slot>
cli::Option add_to(cli::CommandLine& line, Slot& slot) {
  return cli::add_parsed(line, "--compress", slot, parse_compression,
                         "compress new messages: zstd or none (default for a new buffer)")
      .value_name("HOW")
      .choices({"zstd", "none"});
}

}  // namespace

cli::Option add_compression(cli::CommandLine& line, std::optional<Compression>& compression) {
  return add_to(line, compression);
}

cli::Option add_compression(cli::CommandLine& line, Compression& compression) {
  return add_to(line, compression);
}

base::Result<void> LimitOptions::apply(Buffer& buffer) const {
  return buffer.set_limits([this](Limits& limits) {
    limits.max_size = max_size.value_or(limits.max_size);
    limits.when_full = when_full.value_or(limits.when_full);
    limits.retain_size = retain_size.value_or(limits.retain_size);
    limits.retain_time = retain_time.value_or(limits.retain_time);
    limits.compression = compression.value_or(limits.compression);
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
  add_compression(line, options.compression).group(kLimits);
}

}  // namespace logbuf
