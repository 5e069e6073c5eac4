#include "tools/logsend/http/retry_after.h"

#include <ctime>

#include <algorithm>
#include <string>

namespace logsend::http {
namespace {

// "Fri, 31 Dec 1999 23:59:59 GMT", and the two forms that RFC 9110, section 5.6.7, calls obsolete.
std::optional<base::WallTime> parse_date(const std::string& text) {
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    std::tm time{};
    const char* end = ::strptime(text.c_str(), form, &time);
    if (end == nullptr || *end != '\0') continue;
    return std::chrono::time_point_cast<base::Duration>(std::chrono::system_clock::from_time_t(::timegm(&time)));
  }
  return std::nullopt;
}

}  // namespace

std::optional<base::Duration> parse_retry_after(std::string_view value, base::WallTime now) {
  if (value.empty()) return std::nullopt;
  if (value.find_first_not_of("0123456789") == value.npos) {
    constexpr std::string_view kMost = "600";
    if (value.size() > kMost.size()) return kLongestPause;
    return std::min<base::Duration>(std::chrono::seconds(std::stoi(std::string(value))), kLongestPause);
  }
  const auto date = parse_date(std::string(value));
  if (!date) return std::nullopt;
  return std::clamp(*date - now, base::Duration::zero(), kLongestPause);
}

}  // namespace logsend::http
