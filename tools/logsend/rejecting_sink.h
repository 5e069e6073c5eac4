// A sink whose server may reject messages.
#pragma once

#include <cstdint>

#include "codec/rejection.h"
#include "stream/flow.h"

namespace logsend {

class RejectingSink : public stream::Sink {
 public:
  // A rejected message for which `pending` was the verdict is done with.
  virtual void settle(std::uint64_t number) = 0;
};

}  // namespace logsend
