#include "tools/logredis/hub/placing.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>

namespace logredis {

// Rendezvous hashing: each server draws a number for the channel, and the highest one has it.
std::size_t place_of(std::string_view channel, std::span<const std::string> servers) {
  std::size_t place = 0;
  std::uint64_t highest = 0;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const std::uint64_t seed = XXH3_64bits(servers[i].data(), servers[i].size());
    const std::uint64_t drawn = XXH3_64bits_withSeed(channel.data(), channel.size(), seed);
    const bool higher = drawn > highest || (drawn == highest && servers[i] < servers[place]);
    if (i == 0 || higher) {
      place = i;
      highest = drawn;
    }
  }
  return place;
}

}  // namespace logredis
