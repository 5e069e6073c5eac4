#include "tools/logsend/http/unix_times.h"

#include <limits>

namespace logsend::http {

std::optional<std::uint64_t> unix_nanoseconds(const codec::Timestamp& time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max() / kSecond - 1;
  if (time.seconds < 0 || time.seconds > kLast) return std::nullopt;
  return static_cast<std::uint64_t>(time.seconds * kSecond + time.nanoseconds);
}

void append_unix_seconds(std::string& out, const codec::Timestamp& time) {
  constexpr std::size_t kMostDigits = 9;
  out += std::to_string(time.seconds);
  if (time.digits == 0) return;
  const std::string fraction = std::to_string(time.nanoseconds);
  out += '.';
  out.append((std::string(kMostDigits - fraction.size(), '0') + fraction).substr(0, time.digits));
}

}  // namespace logsend::http
