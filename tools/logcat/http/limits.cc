// How long the messages of a request may be.
#include "tools/logcat/http/api.h"

namespace logcat {

std::string too_long(std::size_t message, const IntakeLimits& limits) {
  return "a message has " + std::to_string(message) + " bytes; at most " + std::to_string(limits.message) +
         " are taken (--max-message)";
}

std::optional<std::string> append_within(stream::Batch& messages, std::string_view message,
                                         const IntakeLimits& limits) {
  if (message.size() > limits.message) return too_long(message.size(), limits);
  if (messages.bytes() + message.size() >= kMostGrowth * limits.body)
    return "with what is said once for many, the messages have more than " + std::to_string(kMostGrowth) +
           " times the bytes that a body may have (--max-body)";
  messages.append(message);
  return std::nullopt;
}

}  // namespace logcat
