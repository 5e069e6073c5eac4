// kafka:// and kafkas://: topics of a Kafka cluster. Not in logsend's own table, but in that of logsend-kafka.
#pragma once

#include "tools/logsend/endpoints.h"

namespace logsend::kafka {

extern const Endpoint kKafka;

}  // namespace logsend::kafka
