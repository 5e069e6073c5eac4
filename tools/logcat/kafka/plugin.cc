// logcat-kafka: logcat with Kafka clusters beside its own endpoints.
#include "tools/logcat/kafka/endpoint.h"

namespace logcat {

std::span<const Endpoint* const> plugin_endpoints() {
  static constexpr const Endpoint* kAll[] = {&kafka::kKafka};
  return kAll;
}

}  // namespace logcat
