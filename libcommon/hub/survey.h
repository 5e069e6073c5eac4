// How all channels are at about one moment.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "hub/store.h"

namespace hub {

class Hub;

// A channel that cannot be read shows nothing but what was received.
struct Sample {
  Found channel;
  std::uint64_t received = 0;  // messages since the start
  Standing standing = {};
};
using Survey = std::vector<Sample>;

// By the ids of the channels. The hub has to outlive the answers of its store.
void survey_channels(Hub& hub, Done<Survey> done);

}  // namespace hub
