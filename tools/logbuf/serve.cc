// logbuf serve: a buffer over the network, by logd's text protocol or for browsers; or channels over HTTP.
#include <algorithm>
#include <random>

#include "cli/options.h"
#include "cli/tls_options.h"
#include "tools/logbuf/buffer_sink.h"
#include "tools/logbuf/hub/serve_hub.h"
#include "tools/logbuf/server/server.h"
#include "tools/logbuf/shared_options.h"
#include "tools/logbuf/verbs.h"

namespace logbuf {
namespace {

constexpr base::Duration kPeerTimeout = std::chrono::seconds(10);
constexpr std::size_t kPeerStatistics = 1 << 20;

struct Options {
  cli::SinkOptions pump;
  std::string path;
  std::vector<std::string> listen;
  std::vector<std::string> peers;
  std::uint64_t max_connections = 1000;
  ServerOptions server;
  Sync sync = Sync::disk;
  net::TlsOptions tls;
  bool print_address = false;
  HubServeOptions hub;
};

base::Result<std::vector<net::Url>> parse_listeners(const std::vector<std::string>& addresses) {
  std::vector<net::Url> urls;
  for (const std::string& address : addresses) {
    net::Url url = TRY(net::parse_url(address));
    if (url.scheme != "tcp" && url.scheme != "tls" && url.scheme != "unix")
      return base::fail(base::Kind::usage, "listen on " + url.text(), "it is not tcp://, tls:// or unix:");
    urls.push_back(std::move(url));
  }
  return urls;
}

// Peers are shown the listeners' certificate, and trusted by the same authorities; whom to ask for one, and of which
// name, is said for listeners only.
base::Result<void> open_tls(const std::vector<net::Url>& listeners, const net::TlsOptions& tls, ServerOptions& server,
                            const base::Report& report) {
  const bool listens = std::ranges::any_of(listeners, &net::Url::uses_tls);
  const bool asks = std::ranges::any_of(server.peers, &net::Url::uses_tls);
  if (!listens && !asks && !tls.empty())
    return base::fail(base::Kind::usage, "set up TLS", "--tls options were given, but no listener or peer uses TLS");
  if (listens) server.tls = TRY(net::TlsContext::create(net::TlsRole::server, tls, report));
  const net::TlsOptions files{.cert_file = tls.cert_file, .key_file = tls.key_file, .ca_file = tls.ca_file};
  if (asks) server.peer_session.dial.tls = TRY(net::TlsContext::create(net::TlsRole::client, files, report));
  return {};
}

bool over_http(const std::string& address) {
  return address.starts_with("http://") || address.starts_with("https://");
}

base::Result<int> serve_http(const Options& options, const cli::Context& context) {
  const ServeShared shared{.listen = options.listen,
                           .max_connections = options.max_connections,
                           .idle_timeout = options.server.idle_timeout,
                           .max_message = options.server.limits.argument,
                           .tls = options.tls,
                           .print_address = options.print_address,
                           .pump = options.pump};
  return options.hub.channels.empty() ? run_buffer_hub(options.path, options.hub, shared, context)
                                      : run_hub(options.hub, shared, context);
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  if (!options.hub.channels.empty() || std::ranges::any_of(options.listen, over_http))
    return serve_http(options, context);
  const auto urls = TRY(parse_listeners(options.listen));
  event::Loop loop = TRY(event::Loop::create());
  const auto buffer = TRY(Buffer::open_or_create(options.path, {.sync = options.sync}));
  ServerOptions server_options = options.server;
  server_options.limits.request = std::max(server_options.limits.request, 2 * server_options.limits.argument);
  server_options.max_connections = static_cast<std::size_t>(options.max_connections);
  server_options.peers = TRY(parse_logd_urls(options.peers, "ask"));
  server_options.peer_session = {
      .dial = {.seed = std::random_device()()}, .timeout = kPeerTimeout, .max_body = kPeerStatistics};
  TRY(open_tls(urls, options.tls, server_options, context.report));
  server_options.sockets = context.sockets;
  TRY(context.sockets->check(urls));
  const auto server = TRY(Server::open(loop, *buffer, urls, std::move(server_options), context.report));
  const auto sink = TRY(BufferSink::open(
      loop, *buffer,
      {.stored = [&server](const Appended& appended) { server->stored(appended); },
       .refused = [&server](std::size_t count, const base::Error& error) { server->refused(count, error); }},
      context.report));
  if (options.print_address)
    for (const std::string& address : server->addresses()) context.report(base::Level::note, "listening on " + address);
  return cli::pump(loop, *server, *sink, options.pump, context);
}

// A buffer and channels have options of their own.
void check_what_is_served(cli::CommandLine& line, const Options& options) {
  line.check([&line, &options]() -> base::Result<void> {
    const bool channels = line.has("--channels");
    if (channels && !options.path.empty())
      return cli::reject("--channels", "a buffer is served, or channels, not both");
    if (!channels && options.path.empty())
      return base::fail(base::Kind::usage, "BUFFER is required, or --channels ROOT", "");
    const bool http = channels || std::ranges::any_of(options.listen, over_http);
    constexpr std::string_view kOfLogd[] = {"--sync-replicas", "--peer", "--allow-shutdown", "--pong", "--sync"};
    constexpr std::string_view kOfHttp[] = {"--credentials", "--request-timeout", "--log-requests"};
    constexpr std::string_view kOfChannels[] = {
        "--max-size",       "--full",         "--max-drains",   "--drain-schemes",  "--allow-local-drains",
        "--running-drains", "--drain-idle",   "--open-buffers", "--threads",        "--max-body",
        "--ingress",        "--session-mode", "--api-mode",     "--legacy-api-mode"};
    for (const std::string_view name : kOfLogd)
      if (http && line.has(std::string(name)))
        return cli::reject(std::string(name), channels ? "it does not belong to --channels" : "it is not for http://");
    for (const std::string_view name : kOfHttp)
      if (!http && line.has(std::string(name)))
        return cli::reject(std::string(name), "it needs --channels, or --listen http://");
    for (const std::string_view name : kOfChannels)
      if (!channels && line.has(std::string(name))) return cli::reject(std::string(name), "it needs --channels");
    return {};
  });
}

}  // namespace

cli::Action declare_serve(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  options->pump.no_progress = true;
  add_buffer(line, options->path, cli::Use::read, "write --listen before the address", false);
  constexpr char kListening[] = "Listening";
  line.add_texts("--listen", options->listen,
                 "tcp://[HOST]:PORT (loopback if HOST is missing), tls://[HOST]:PORT or unix:PATH; or "
                 "http://[HOST]:PORT or https://[HOST]:PORT, for browsers and --channels; may be repeated")
      .value_name("URL")
      .required()
      .group(kListening);
  cli::add_number(line, "--max-connections", options->max_connections,
                  "further clients wait until a connection is closed", 1)
      .group(kListening);
  cli::add_duration(line, "--idle-timeout", options->server.idle_timeout,
                    "close connections that send no request and do not read the log for this long; 0: never")
      .group(kListening);
  line.add_flag("--print-address", options->print_address, "print the addresses on stderr once the server listens")
      .group(kListening);
  cli::declare_max_message(line, options->server.limits.argument, "refuse longer messages").group(kListening);
  cli::add_number(line, "--sync-replicas", options->server.sync_replicas,
                  "answer MSG only when this many replicas have confirmed its messages");
  line.add_texts("--peer", options->peers,
                 "logd://HOST[:PORT] or logds://HOST[:PORT], another server of this log, which is asked for its epoch "
                 "before MSG is accepted; may be repeated")
      .value_name("URL");
  line.add_flag("--allow-shutdown", options->server.allow_shutdown,
                "allow any client to end this server with SHUTDOWN");
  line.add_flag("--pong", options->server.pong, "answer PING with PONG instead of OK");
  add_sync(line, options->sync,
           "disk: answer after a sync to disk; os: without a sync, so that a power failure may destroy confirmed "
           "messages and the buffer");
  cli::add_duration(line, "--drain-time", options->pump.pump.drain_time,
                    "after SIGTERM, wait at most this long until all accepted requests are answered");
  cli::declare_tls(line, options->tls);
  declare_hub(line, options->hub);
  check_what_is_served(line, *options);
  return [options, &context] { return run(*options, context); };
}

}  // namespace logbuf
