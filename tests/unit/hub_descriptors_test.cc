#include "tools/logbuf/hub/descriptors.h"

#include <doctest/doctest.h>

namespace {

using logbuf::DescriptorShares;

constexpr DescriptorShares kWanted{.connections = 1000, .buffers = 1024};

TEST_CASE("descriptors: with enough of them there is all that is wanted") {
  CHECK(share_descriptors(descriptors_for(kWanted), kWanted) == kWanted);
}

TEST_CASE("descriptors: connections come before buffers, of which some are left") {
  CHECK(share_descriptors(4096, kWanted) == DescriptorShares{.connections = 1000, .buffers = 323});
  CHECK(share_descriptors(1024, kWanted) == DescriptorShares{.connections = 576, .buffers = 24});
}

TEST_CASE("descriptors: however few there are, there is one of each") {
  CHECK(share_descriptors(0, kWanted) == DescriptorShares{.connections = 1, .buffers = 1});
  for (std::size_t limit = 64; limit < 12'000; limit += 50) {
    const DescriptorShares shares = share_descriptors(limit, kWanted);
    CHECK(shares.connections + shares.buffers * 8 <= limit);
  }
}

}  // namespace
