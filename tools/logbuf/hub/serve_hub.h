// logbuf serve --channels ROOT: a hub over directories (docs/hub.md); and logbuf serve --listen http://... BUFFER.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "hub/hub.h"
#include "hub/line_options.h"
#include "net/tls.h"
#include "net/url.h"
#include "tools/logbuf/hub/directory_store.h"

namespace logbuf {

struct HubServeOptions {
  std::string channels;  // empty: a single buffer is served
  hub::LineOptions line;
  DirectoryOptions store;
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
// The page, and what it reads, of one buffer.
base::Result<int> run_buffer_hub(const std::string& buffer, const HubServeOptions& options, const ServeShared& shared,
                                 const cli::Context& context);

}  // namespace logbuf
