// What Splunk's HTTP Event Collector answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logsend::http {

// {"text":"Success","code":0,"ackId":7}
struct HecAnswer {
  unsigned code = 0;  // 0: success
  std::string text;   // for people
  std::optional<std::uint64_t> ack;
  std::optional<std::size_t> invalid_event;  // counts from 0
};

// Nothing: it is no answer of this API.
std::optional<HecAnswer> read_hec_answer(std::string_view body);

// Those numbers of {"acks":{"7":true,"8":false}} that are true; none where it is no answer to that question.
std::vector<std::uint64_t> read_hec_acks(std::string_view body);

}  // namespace logsend::http
