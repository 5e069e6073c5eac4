// The last messages of a channel at once, for an answer that says first how many they are.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "hub/store.h"

namespace hub {

struct Recent {
  std::string frames;       // application/logplex-1, oldest first, each message with an LF at its end
  std::uint64_t count = 0;  // messages
};

// The last `most` messages, or fewer where they are longer than about 16 MiB together.
void read_recent(Store& store, const std::string& channel, std::uint64_t most, Done<Recent> done);

}  // namespace hub
