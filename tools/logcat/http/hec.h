// Answers of Splunk's HTTP Event Collector.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/response.h"

namespace logcat {

// {"text":"Invalid data format","code":6,"invalid-event-number":3}
http::Response hec_answer(unsigned status, unsigned code, std::string_view text,
                          std::optional<std::size_t> event = std::nullopt);

// For Intake::wants_ack, once its messages are safe: {"text":"Success","code":0,"ackId":7}
http::Response hec_acknowledged(std::uint64_t number);

}  // namespace logcat
