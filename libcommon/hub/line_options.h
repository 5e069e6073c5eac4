// The options of a hub that are the same for every store.
#pragma once

#include <cstdint>

#include "base/units.h"
#include "cli/options.h"
#include "hub/hub.h"

namespace hub {

struct LineOptions {
  HubOptions hub;
  base::Bytes max_body{std::uint64_t{8'000'000}};
  std::uint64_t max_drains = DrainRules().most;
  std::uint64_t running_drains = DrainOptions().most_running;
  std::uint64_t max_connections = 1000;
};

// All but --max-connections, which other servers have as well.
void declare_line_options(cli::CommandLine& line, LineOptions& options, const char* group);
// What they mean together.
[[nodiscard]] HubOptions hub_options(const LineOptions& options);

// Of --listen. Kind::usage where one is neither http:// nor https://; `when` says why that is so.
base::Result<std::vector<net::Url>> parse_listeners(const std::vector<std::string>& addresses, const std::string& when);

}  // namespace hub
