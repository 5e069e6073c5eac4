// kafka:// and kafkas://: topics of a Kafka cluster. Not in logcat's own table, but in that of logcat-kafka.
#pragma once

#include "tools/logcat/endpoints.h"

namespace logcat::kafka {

extern const Endpoint kKafka;

}  // namespace logcat::kafka
