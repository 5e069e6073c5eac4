// Times as HTTP APIs have them: numbers since 1970, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "codec/timestamp.h"

namespace logsend::http {

// Nothing for a time that 63 bits do not hold: before 1970, after April 2262.
std::optional<std::uint64_t> unix_nanoseconds(const codec::Timestamp& time);

// "1433188255.253", with as many digits as the time has.
void append_unix_seconds(std::string& out, const codec::Timestamp& time);

}  // namespace logsend::http
