#include "tools/logbuf/hub/descriptors.h"

#include <algorithm>

namespace logbuf {
namespace {

constexpr std::size_t kOfABuffer = 8;
constexpr std::size_t kOthers = 512;       // files, drains' processes, connections that are about to end
constexpr std::size_t kLeastBuffers = 32;  // that connections leave

std::size_t less(std::size_t all, std::size_t part) {
  return all - std::min(all, part);
}

}  // namespace

std::size_t descriptors_for(const DescriptorShares& wanted) {
  return wanted.connections + wanted.buffers * kOfABuffer + kOthers;
}

DescriptorShares share_descriptors(std::size_t limit, const DescriptorShares& wanted) {
  const std::size_t shared = less(limit, std::min(kOthers, limit / 4));
  const std::size_t least = std::min({wanted.buffers, kLeastBuffers, shared / 4 / kOfABuffer}) * kOfABuffer;
  DescriptorShares shares;
  shares.connections = std::clamp<std::size_t>(less(shared, least), 1, wanted.connections);
  shares.buffers = std::clamp<std::size_t>(less(shared, shares.connections) / kOfABuffer, 1, wanted.buffers);
  return shares;
}

}  // namespace logbuf
