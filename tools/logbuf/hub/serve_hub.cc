#include "tools/logbuf/hub/serve_hub.h"

#include <malloc.h>

#include <algorithm>

#include "cli/plugin.h"
#include "hub/idle_sink.h"
#include "tools/logbuf/hub/directory_drains.h"

namespace logbuf {
namespace {

constexpr char kHub[] = "Channels";

base::Result<std::vector<net::Url>> parse_hub_listeners(const std::vector<std::string>& addresses) {
  std::vector<net::Url> urls;
  for (const std::string& address : addresses) {
    net::Url url = TRY(net::parse_url(address));
    if (url.scheme != "http" && url.scheme != "https")
      return base::fail(base::Kind::usage, "listen on " + url.text(), "with --channels it is http:// or https://");
    urls.push_back(std::move(url));
  }
  return urls;
}

cli::Option add_mode(cli::CommandLine& line, const std::string& name, hub::Mode& mode, const std::string& help) {
  const cli::Choices<hub::Mode> modes{
      {"normal", hub::Mode::normal}, {"read-only", hub::Mode::read_only}, {"disabled", hub::Mode::disabled}};
  return cli::add_choice(line, name, mode, modes, help).value_name("MODE").default_text("normal").group(kHub);
}

base::Result<std::vector<std::string>> parse_schemes(const std::string& text) {
  std::vector<std::string> schemes;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view scheme = rest.substr(0, rest.find(','));
    if (scheme.empty() || scheme.find_first_of(":/ ") != scheme.npos)
      return base::fail(base::Kind::usage, "", "'" + std::string(scheme) + "' is no scheme");
    schemes.emplace_back(scheme);
    rest.remove_prefix(std::min(scheme.size() + 1, rest.size()));
  }
  return schemes;
}

void declare_drains(cli::CommandLine& line, HubServeOptions& options) {
  cli::add_parsed(line, "--drain-schemes", options.hub.drains.schemes, parse_schemes,
                  "where drains may go to: schemes with commas between them (default: "
                  "http,https,syslog,syslog+tls,udpsyslog)")
      .value_name("LIST")
      .group(kHub);
  line.add_flag("--allow-local-drains", options.hub.drains.allow_local,
                "drains may go to this host and to private networks")
      .group(kHub);
  cli::add_number(line, "--running-drains", options.running_drains,
                  "drains that have processes at once; others wait for their turn", 1)
      .group(kHub);
  cli::add_duration(line, "--drain-idle", options.hub.sending.idle,
                    "end the processes of a drain that had nothing to send for this time")
      .group(kHub);
}

}  // namespace

void declare_hub(cli::CommandLine& line, HubServeOptions& options) {
  line.add_text("--channels", options.channels,
                "serve the channels in this directory, each with its tokens and its buffer, over HTTP")
      .value_name("ROOT")
      .group(kHub);
  line.add_text("--credentials", options.hub.credentials,
                "who may manage channels and write to each of them: a file with ID:PASSWORD [full_api] [any_channel] "
                "on each line")
      .value_name("FILE")
      .group(kHub);
  cli::add_bytes(line, "--max-size", options.store.max_size, "the size of a channel that says no other", kMinMaxSize)
      .group(kHub);
  cli::add_parsed(line, "--full", options.store.when_full, parse_when_full,
                  "of a channel that says no other, when it is full: drop-oldest (default), drop-newest or block")
      .value_name("POLICY")
      .choices({"block", "drop-newest", "drop-oldest"})
      .group(kHub);
  cli::add_number(line, "--max-drains", options.max_drains, "drains of a channel").group(kHub);
  declare_drains(line, options);
  cli::add_number(line, "--open-buffers", options.open_buffers, "buffers that are open at once", 1).group(kHub);
  cli::add_number(line, "--threads", options.threads, "threads that write and read buffers", 1).group(kHub);
  cli::add_bytes(line, "--max-body", options.max_body, "refuse longer bodies (413), counted without their compression",
                 {1})
      .group(kHub);
  cli::add_duration(line, "--request-timeout", options.hub.server.request_timeout,
                    "answer 408 when a head, or 64 KiB of a body, take longer than this")
      .group(kHub);
  add_mode(line, "--ingress", options.hub.logs, "POST /logs: normal or disabled (503)");
  add_mode(line, "--session-mode", options.hub.sessions,
           "sessions: normal, read-only (those that there are) or disabled (503)");
  add_mode(line, "--api-mode", options.hub.api, "the API, version 3: normal, read-only or disabled (503)");
  add_mode(line, "--legacy-api-mode", options.hub.legacy_api,
           "the API, versions 1 and 2: normal, read-only or disabled (503)");
  line.add_flag("--log-requests", options.hub.server.log_requests, "report each answer on stderr").group(kHub);
}

namespace {

// LMDB takes 3 MiB for each open buffer and touches little of it. What malloc() maps by itself stays untouched, while
// the heap would have had it before; by default the heap takes over once such a buffer was closed.
void keep_memory_small() {
  constexpr int kMapFrom = 512 << 10;
  constexpr int kArenas = 4;
  ::mallopt(M_MMAP_THRESHOLD, kMapFrom);
  ::mallopt(M_ARENA_MAX, kArenas);
}

}  // namespace

base::Result<int> run_hub(const HubServeOptions& options, const ServeShared& shared, const cli::Context& context) {
  const auto urls = TRY(parse_hub_listeners(shared.listen));
  keep_memory_small();
  event::Loop loop = TRY(event::Loop::create());
  DirectoryOptions store_options = options.store;
  store_options.open_buffers = static_cast<std::size_t>(options.open_buffers);
  store_options.connections = static_cast<std::size_t>(shared.max_connections);
  store_options.threads = static_cast<std::size_t>(options.threads);
  hub::HubOptions hub_options = options.hub;
  hub_options.max_message = shared.max_message;
  hub_options.drains.most = static_cast<std::size_t>(options.max_drains);
  hub_options.server.limits.body = static_cast<std::size_t>(options.max_body.count);
  hub_options.server.max_connections = static_cast<std::size_t>(shared.max_connections);
  hub_options.server.idle_timeout = shared.idle_timeout;
  if (std::ranges::any_of(urls, &net::Url::uses_tls)) {
    hub_options.server.tls = TRY(net::TlsContext::create(net::TlsRole::server, shared.tls, context.report));
  } else if (!shared.tls.empty()) {
    return base::fail(base::Kind::usage, "set up TLS", "--tls options were given, but no listener uses TLS");
  }
  hub_options.server.sockets = context.sockets;
  TRY(context.sockets->check(urls));
  const auto store = TRY(DirectoryStore::open(loop, options.channels, store_options, context.report));
  DirectoryDrains drains(*store, options.channels, cli::sibling("logbuf"), cli::sibling("logsend"));
  hub_options.drain_source = &drains;
  hub_options.sending.allow_local = hub_options.drains.allow_local;
  hub_options.sending.most_running = static_cast<std::size_t>(options.running_drains);
  const auto hub = TRY(hub::Hub::open(loop, *store, urls, std::move(hub_options), context.report));
  if (shared.print_address)
    for (const std::string& address : hub->addresses()) context.report(base::Level::note, "listening on " + address);
  hub::IdleSink nothing("channels in " + options.channels);
  return cli::pump(loop, *hub, nothing, shared.pump, context);
}

}  // namespace logbuf
