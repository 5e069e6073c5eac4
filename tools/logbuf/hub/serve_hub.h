// logbuf serve --channels ROOT: a hub over directories (docs/hub.md).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "hub/hub.h"
#include "net/tls.h"
#include "net/url.h"
#include "tools/logbuf/hub/directory_store.h"

namespace logbuf {

struct HubServeOptions {
  std::string channels;  // empty: a single buffer is served
  hub::HubOptions hub;
  DirectoryOptions store;
  base::Bytes max_body{std::uint64_t{8'000'000}};
  std::uint64_t max_drains = hub::DrainRules().most;
  std::uint64_t running_drains = hub::DrainOptions().most_running;
  std::uint64_t open_buffers = DirectoryOptions().open_buffers;
  std::uint64_t threads = DirectoryOptions().threads;
};

// What else `serve` has, which a hub shares.
struct ServeShared {
  std::vector<std::string> listen;
  std::uint64_t max_connections;
  base::Duration idle_timeout;
  std::size_t max_message;
  net::TlsOptions tls;
  bool print_address;
  cli::SinkOptions pump;
};

void declare_hub(cli::CommandLine& line, HubServeOptions& options);
base::Result<int> run_hub(const HubServeOptions& options, const ServeShared& shared, const cli::Context& context);

}  // namespace logbuf
