// What the addresses on the command line mean.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/url.h"

namespace logsend {

// All of one kind: a file, a datagram socket, or servers in order of preference.
struct Destination {
  std::size_t kind = 0;  // its place in the table of endpoints
  std::vector<net::Url> urls;
};

base::Result<Destination> parse_destination(const std::vector<std::string>& addresses);

}  // namespace logsend
