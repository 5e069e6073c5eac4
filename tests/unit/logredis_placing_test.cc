#include "tools/logredis/hub/placing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace {

using logredis::place_of;

std::vector<std::string> owners(const std::vector<std::string>& servers) {
  std::vector<std::string> names;
  for (int channel = 0; channel < 3000; ++channel)
    names.push_back(servers[place_of("channel" + std::to_string(channel), servers)]);
  return names;
}

TEST_CASE("channels are spread evenly over servers") {
  const auto names = owners({"a", "b", "c"});
  for (const char* server : {"a", "b", "c"}) {
    const auto share = std::ranges::count(names, server);
    CHECK(share > 900);
    CHECK(share < 1100);
  }
}

TEST_CASE("a server that is added or removed moves its own share only") {
  const auto two = owners({"a", "b"});
  const auto three = owners({"c", "b", "a"});
  std::size_t moved = 0;
  for (std::size_t i = 0; i < two.size(); ++i) {
    CHECK((three[i] == two[i] || three[i] == "c"));
    if (three[i] == "c") ++moved;
  }
  CHECK(moved > 900);
  CHECK(moved < 1100);
}

// All nodes of all versions have to agree.
TEST_CASE("golden: where some channels are") {
  const std::vector<std::string> servers{"redis://h1:6379", "redis://h2:6379", "redis://h3:6379"};
  std::string places;
  for (const char* channel : {"shop", "c0", "c1", "c2", "c3", "0a1b2c", "x.y-z_1"})
    places += std::to_string(place_of(channel, servers));
  CHECK(places == "0211212");
}

}  // namespace
