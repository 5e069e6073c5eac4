// What a receiver of OpenTelemetry's logs answers, in JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace logsend::http {

struct OtlpAnswer {
  std::uint64_t rejected = 0;  // log records; which ones is not said
  std::string message;         // for people
};

// Of an answer with a 2xx; an empty one says that all were taken. Nothing: it is no answer of this API.
std::optional<OtlpAnswer> read_otlp_answer(std::string_view body);

}  // namespace logsend::http
