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

// "@FILE" stands for the addresses in that file, one on each line; empty lines are passed over. Others stay.
base::Result<void> read_addresses(std::vector<std::string>& addresses);
// The first address that an argument stands for, as far as it can be read.
std::string first_address(std::string_view argument);

}  // namespace logsend
