// logsend-kafka: logsend with Kafka clusters beside its own endpoints.
#include "tools/logsend/kafka/endpoint.h"

namespace logsend {

std::span<const Endpoint* const> plugin_endpoints() {
  static constexpr const Endpoint* kAll[] = {&kafka::kKafka};
  return kAll;
}

}  // namespace logsend
