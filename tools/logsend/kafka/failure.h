// What a failure of Kafka's means for the record that it is about. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace logsend::kafka {

enum class Meaning : std::uint8_t {
  taken,
  again,    // the cluster cannot take it now
  closed,   // somebody has to mend it: no permission, no topic
  refused,  // a record can never be stored: one of the batch in which it went
};

// `error` is an rd_kafka_resp_err_t.
Meaning meaning_of(int error);
std::string reason_of(int error);

}  // namespace logsend::kafka
