#include "tools/logbuf/hub/serve_hub.h"

#include <malloc.h>

#include <algorithm>

#include "base/fd.h"
#include "cli/plugin.h"
#include "hub/idle_sink.h"
#include "hub/origin.h"
#include "tools/logbuf/hub/buffer_store.h"
#include "tools/logbuf/hub/descriptors.h"
#include "tools/logbuf/hub/directory_drains.h"
#include "tools/logbuf/limit_options.h"

namespace logbuf {
namespace {

constexpr char kHub[] = "Channels";

// LMDB takes 3 MiB for each open buffer and touches little of it. What malloc() maps by itself stays untouched, while
// the heap would have had it before; by default the heap takes over once such a buffer was closed.
void keep_memory_small() {
  constexpr int kMapFrom = 512 << 10;
  constexpr int kArenas = 4;
  ::mallopt(M_MMAP_THRESHOLD, kMapFrom);
  ::mallopt(M_ARENA_MAX, kArenas);
}

}  // namespace

void declare_hub(cli::CommandLine& line, HubServeOptions& options) {
  line.add_text("--channels", options.channels,
                "serve the channels in this directory, each with its tokens and its buffer, over HTTP")
      .value_name("ROOT")
      .group(kHub);
  cli::add_bytes(line, "--max-size", options.store.max_size, "the size of a channel that says no other", kMinMaxSize)
      .group(kHub);
  cli::add_parsed(line, "--full", options.store.when_full, parse_when_full,
                  "of a channel that says no other, when it is full: drop-oldest (default), drop-newest or block")
      .value_name("POLICY")
      .choices({"block", "drop-newest", "drop-oldest"})
      .group(kHub);
  add_compression(line, options.store.compression).group(kHub);
  hub::declare_line_options(line, options.line, kHub);
  cli::add_number(line, "--open-buffers", options.open_buffers, "buffers that are open at once", 1).group(kHub);
  cli::add_number(line, "--threads", options.threads, "threads that write and read buffers", 1).group(kHub);
}

namespace {

// As many as the limit of open files allows.
DescriptorShares shares_of(const HubServeOptions& options, const ServeShared& shared, const base::Report& report) {
  const DescriptorShares wanted{.connections = static_cast<std::size_t>(shared.max_connections),
                                .buffers = static_cast<std::size_t>(options.open_buffers)};
  const std::size_t limit = base::raise_descriptor_limit(descriptors_for(wanted));
  const DescriptorShares shares = share_descriptors(limit, wanted);
  if (shares.connections < wanted.connections)
    report(base::Level::warning, "--max-connections " + std::to_string(wanted.connections) + ": " +
                                     std::to_string(shares.connections) + " are possible, with " +
                                     base::count_of(shares.buffers, "open buffer") +
                                     ", as the limit of open files is " + std::to_string(limit) +
                                     " (ulimit -n; LimitNOFILE= in a unit of systemd)");
  return shares;
}

base::Result<hub::HubOptions> options_of_hub(const HubServeOptions& options, const ServeShared& shared,
                                             const std::vector<net::Url>& urls, const cli::Context& context) {
  hub::LineOptions line = options.line;
  line.max_connections = shared.max_connections;
  hub::HubOptions hub_options = hub::hub_options(line);
  hub_options.max_message = shared.max_message;
  hub_options.server.idle_timeout = shared.idle_timeout;
  if (std::ranges::any_of(urls, &net::Url::uses_tls)) {
    hub_options.server.tls = TRY(net::TlsContext::create(net::TlsRole::server, shared.tls, context.report));
  } else if (!shared.tls.empty()) {
    return base::fail(base::Kind::usage, "set up TLS", "--tls options were given, but no listener uses TLS");
  }
  hub_options.server.sockets = context.sockets;
  TRY(context.sockets->check(urls));
  return hub_options;
}

base::Result<int> serve(event::Loop& loop, hub::Store& store, const std::vector<net::Url>& urls,
                        hub::HubOptions options, const ServeShared& shared, const std::string& what,
                        const cli::Context& context) {
  const auto hub = TRY(hub::Hub::open(loop, store, urls, std::move(options), context.report));
  if (shared.print_address)
    for (const std::string& address : hub->addresses()) context.report(base::Level::note, "listening on " + address);
  hub::IdleSink nothing(what);
  return cli::pump(loop, *hub, nothing, shared.pump, context);
}

// Everybody on this host can read the buffer then, but no other host.
base::Result<void> check_loopback(const std::vector<net::Url>& urls) {
  for (const net::Url& url : urls)
    if (!url.inherited_name().empty() || (!url.host.empty() && !hub::is_loopback_host(url.host)))
      return base::fail(base::Kind::usage, "listen on " + url.text(),
                        "without --credentials, the host has to be missing, or a loopback address");
  return {};
}

}  // namespace

base::Result<int> run_hub(const HubServeOptions& options, const ServeShared& shared, const cli::Context& context) {
  const auto urls = TRY(hub::parse_listeners(shared.listen, "with --channels "));
  keep_memory_small();
  event::Loop loop = TRY(event::Loop::create());
  DirectoryOptions store_options = options.store;
  const DescriptorShares shares = shares_of(options, shared, context.report);
  store_options.open_buffers = shares.buffers;
  store_options.threads = static_cast<std::size_t>(options.threads);
  hub::HubOptions hub_options = TRY(options_of_hub(options, shared, urls, context));
  hub_options.server.max_connections = shares.connections;
  const auto store = TRY(DirectoryStore::open(loop, options.channels, store_options, context.report));
  DirectoryDrains drains(*store, options.channels, cli::sibling("logbuf"), cli::sibling("logsend"));
  hub_options.drain_source = &drains;
  return serve(loop, *store, urls, std::move(hub_options), shared, "channels in " + options.channels, context);
}

base::Result<int> run_buffer_hub(const std::string& buffer, const HubServeOptions& options, const ServeShared& shared,
                                 const cli::Context& context) {
  const auto urls = TRY(hub::parse_listeners(shared.listen, "where other listeners are http:// or https://, "));
  hub::HubOptions hub_options = TRY(options_of_hub(options, shared, urls, context));
  hub_options.open = hub_options.credentials.empty();
  if (hub_options.open) TRY(check_loopback(urls));
  hub_options.logs = hub_options.legacy_api = hub::Mode::disabled;
  hub_options.api = hub::Mode::read_only;
  event::Loop loop = TRY(event::Loop::create());
  const auto store = TRY(BufferStore::open(loop, buffer));
  return serve(loop, *store, urls, std::move(hub_options), shared, "buffer " + buffer, context);
}

}  // namespace logbuf
