// Random names that no other process gives.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace base {

// A random (version 4) UUID in text form (RFC 9562, section 5.4).
Result<std::string> new_uuid();

Result<std::uint64_t> random_number();

}  // namespace base
