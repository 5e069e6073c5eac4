// A message that a server will not take, and what becomes of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"

namespace codec {

// Views are valid during the call.
struct Rejection {
  std::uint64_t number;  // for settle()
  std::string_view message;
  std::string_view reason;  // "500 disk full"
};

enum class Settlement {
  settled,  // done with: it counts as safe
  pending,  // settle() will be called; until then it is not sent again
};

// An error stops the sender.
using Reject = std::function<base::Result<Settlement>(const Rejection&)>;

}  // namespace codec
