// How a hub shares its descriptors between connections and open buffers. Pure.
#pragma once

#include <cstddef>

namespace logbuf {

struct DescriptorShares {
  std::size_t connections = 0;
  std::size_t buffers = 0;

  bool operator==(const DescriptorShares&) const = default;
};

// How many descriptors it takes to have all of these, and what else a hub needs.
std::size_t descriptors_for(const DescriptorShares& wanted);
// What is possible with `limit` descriptors, at least one of each. Connections come first, but they leave some buffers:
// what a client asks for is in a buffer.
DescriptorShares share_descriptors(std::size_t limit, const DescriptorShares& wanted);

}  // namespace logbuf
