// How drains are sent.
#pragma once

#include <cstddef>

#include "base/units.h"

namespace hub {

struct DrainOptions {
  bool allow_local = false;                       // this host and private networks, too
  std::size_t most_running = 200;                 // drains with processes
  base::Duration idle = std::chrono::minutes(1);  // without anything to send; then the processes end
};

}  // namespace hub
