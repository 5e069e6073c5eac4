// logredis serve: a hub whose channels are on Redis servers, which other hubs share.
#include <algorithm>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/uuid.h"
#include "cli/options.h"
#include "cli/plugin.h"
#include "cli/secret_file.h"
#include "cli/tls_options.h"
#include "hub/idle_sink.h"
#include "hub/line_options.h"
#include "tools/logredis/hub/redis_drains.h"
#include "tools/logredis/hub/redis_sessions.h"
#include "tools/logredis/hub/redis_store.h"
#include "tools/logredis/queue/durability.h"
#include "tools/logredis/shared_options.h"
#include "tools/logredis/verbs.h"

namespace logredis {
namespace {

constexpr base::Duration kServerWithin = std::chrono::seconds(5);

struct Options {
  cli::SinkOptions pump;
  ServerOptions server;  // what all servers have in common
  std::vector<std::string> urls;
  std::vector<std::string> retired;
  std::string registry;
  std::vector<std::string> listen;
  net::TlsOptions listen_tls;
  hub::LineOptions line;
  RedisStoreOptions store;
  base::Bytes max_message_bytes{stream::kDefaultMaxMessage};
  bool print_address = false;
};

// ---- the servers

struct Servers {
  Server registry;
  std::vector<HubPlace> places;
};

bool needs_tls(const std::string& url) {
  const auto address = redis::parse_address(url);
  return address && address->needs_tls();
}

base::Result<Server> server_at(const Options& options, const std::string& url, const cli::Context& context) {
  ServerOptions server = options.server;
  server.url = url;
  if (!needs_tls(url)) server.tls = {};
  return find_server(server, context);
}

// "URL#NAME": without a name its address is its name.
base::Result<HubPlace> place_at(const Options& options, const std::string& url, bool retired,
                                const cli::Context& context) {
  const std::size_t end = std::min(url.find('#'), url.size());
  HubPlace place{.name = url.substr(std::min(end + 1, url.size())), .server = {}, .retired = retired};
  place.server = TRY(server_at(options, url.substr(0, end), context));
  if (place.name.empty()) place.name = place.server.address.text();
  return place;
}

base::Result<Servers> find_servers(const Options& options, const cli::Context& context) {
  const auto is_tls = [](const std::string& url) { return needs_tls(url.substr(0, url.find('#'))); };
  const bool any_tls = needs_tls(options.registry) || std::ranges::any_of(options.urls, is_tls) ||
                       std::ranges::any_of(options.retired, is_tls);
  if (!options.server.tls.empty() && !any_tls)
    return base::fail(base::Kind::usage, "set up TLS", "--tls options were given, but no address is rediss://");
  Servers servers;
  for (const std::string& url : options.urls) servers.places.push_back(TRY(place_at(options, url, false, context)));
  for (const std::string& url : options.retired) servers.places.push_back(TRY(place_at(options, url, true, context)));
  std::set<std::string> names;
  for (const HubPlace& place : servers.places)
    if (!names.insert(place.name).second)
      return base::fail(base::Kind::usage, "two servers are called " + place.name, "");
  servers.registry =
      options.registry.empty() ? servers.places.front().server : TRY(server_at(options, options.registry, context));
  return servers;
}

// What tells `logredis peek` a server; a password goes by a file.
base::Result<std::vector<std::string>> words_for(const Options& options, const Server& server,
                                                 const std::string& file) {
  std::vector<std::string> words{"--connect-timeout", redis::milliseconds(options.server.connect_timeout) + "ms",
                                 "--timeout", redis::milliseconds(options.server.timeout) + "ms"};
  if (server.address.needs_tls()) {
    const std::vector<std::string> tls = cli::tls_words(options.server.tls);
    words.insert(words.end(), tls.begin(), tls.end());
  }
  if (const auto& login = server.address.credentials; !login.empty()) {
    TRY(cli::write_secret_file(file, login.user + ":" + login.password));
    words.insert(words.end(), {"--credentials", file});
  }
  words.push_back(server.address.text());
  return words;
}

base::Result<RedisDrainOptions> drain_options_of(const Options& options, const Servers& servers,
                                                 const std::string& folder) {
  RedisDrainOptions drains{.servers = {},
                           .logredis = cli::sibling("logredis"),
                           .logsend = cli::sibling("logsend"),
                           .folder = folder,
                           .node = TRY(base::new_uuid())};
  for (std::size_t i = 0; i < servers.places.size(); ++i)
    drains.servers.push_back(TRY(words_for(options, servers.places[i].server, folder + "/redis." + std::to_string(i))));
  return drains;
}

// What 204 means is said where it is less than on one machine.
base::Result<void> tell_strength(RedisStore& store, const cli::Context& context) {
  return store.each_server([&](const std::string& name, redis::Session& session) -> base::Result<void> {
    const Durability durability = TRY(find_durability(session, kServerWithin));
    if (durability.strength() != stream::Strength::stored)
      context.report(base::Level::warning, name + " writes messages to its disk " + durability.text() +
                                               ": 204 means that it has them, and not that they are on the disk; see "
                                               "logredis(1), DURABILITY");
    return {};
  });
}

base::Result<hub::HubOptions> hub_options_of(const Options& options, const std::vector<net::Url>& urls,
                                             const cli::Context& context) {
  hub::HubOptions hub = hub::hub_options(options.line);
  hub.max_message = static_cast<std::size_t>(options.max_message_bytes.count);
  if (std::ranges::any_of(urls, &net::Url::uses_tls))
    hub.server.tls = TRY(net::TlsContext::create(net::TlsRole::server, options.listen_tls, context.report));
  else if (!options.listen_tls.empty())
    return base::fail(base::Kind::usage, "--listen-cert-file", "no listener is https://");
  hub.server.sockets = context.sockets;
  return hub;
}

base::Result<int> run(const Options& options, const cli::Context& context) {
  const auto urls = TRY(hub::parse_listeners(options.listen, ""));
  event::Loop loop = TRY(event::Loop::create());
  const Servers servers = TRY(find_servers(options, context));
  hub::HubOptions hub_options = TRY(hub_options_of(options, urls, context));
  TRY(context.sockets->check(urls));
  (void)base::raise_descriptor_limit(static_cast<std::size_t>(options.line.max_connections) + 512);
  const auto store = TRY(RedisStore::open(loop, servers.registry, servers.places, options.store, context.report));
  TRY(tell_strength(*store, context));
  RedisSessions sessions(store->registry().server().reads, store->keys());
  const cli::SecretFolder folder = TRY(cli::SecretFolder::make("logredis"));
  RedisDrains drains(*store, TRY(drain_options_of(options, servers, folder.path())));
  hub_options.session_store = &sessions;
  hub_options.drain_source = &drains;
  const auto hub = TRY(hub::Hub::open(loop, *store, urls, std::move(hub_options), context.report));
  if (options.print_address)
    for (const std::string& address : hub->addresses()) context.report(base::Level::note, "listening on " + address);
  hub::IdleSink nothing("channels at " + servers.registry.address.text());
  return cli::pump(loop, *hub, nothing, options.pump, context);
}

void declare_listening(cli::CommandLine& line, Options& options) {
  constexpr char kListening[] = "Listening";
  line.add_texts("--listen", options.listen,
                 "http://[HOST]:PORT (loopback if HOST is missing) or https://[HOST]:PORT; may be repeated")
      .value_name("URL")
      .required()
      .group(kListening);
  cli::Option cert = line.add_text("--listen-cert-file", options.listen_tls.cert_file,
                                   "the certificate of https listeners (PEM), followed by its intermediate ones")
                         .value_name("FILE")
                         .group(kListening);
  line.add_text("--listen-key-file", options.listen_tls.key_file, "its private key (default: in the same file)")
      .value_name("FILE")
      .needs(cert)
      .group(kListening);
  cli::add_number(line, "--max-connections", options.line.max_connections,
                  "further clients wait until a connection is closed", 1)
      .group(kListening);
  cli::add_duration(line, "--idle-timeout", options.line.hub.server.idle_timeout,
                    "close connections that send no request for this long; 0: never")
      .group(kListening);
  cli::add_bytes(line, "--max-message", options.max_message_bytes, "refuse longer messages", {1}).group(kListening);
  line.add_flag("--print-address", options.print_address, "print the addresses on stderr once the server listens")
      .group(kListening);
}

// In braces it is the hash tag that all keys share, which must not be empty, or end early.
base::Result<void> check_name(const std::string& name) {
  if (!name.empty() && name.find_first_of("{}") == std::string::npos) return {};
  return cli::reject("--name", name.empty() ? "the name is empty" : "a name has no braces");
}

}  // namespace

cli::Action declare_serve(cli::CommandLine& line, const cli::Context& context) {
  auto options = std::make_shared<Options>();
  options->pump.no_progress = true;
  constexpr char kHub[] = "Channels";
  add_servers(line, options->server, options->urls, "--redis-credentials");
  declare_listening(line, *options);
  line.add_text("--registry", options->registry,
                "the server that has the channels, tokens and sessions (default: the first URL)")
      .value_name("URL")
      .group(kHub);
  line.add_texts("--retire", options->retired,
                 "a server to which no channels belong any longer: send and show what it has; may be repeated")
      .value_name("URL")
      .group(kHub);
  line.add_text("--name", options->store.name, "what the keys of this hub begin with, in braces")
      .value_name("NAME")
      .default_text("hub")
      .group(kHub);
  cli::add_number(line, "--cap", options->store.cap,
                  "keep about N messages of each channel, and drop the oldest ones (0: keep all)")
      .group(kHub);
  cli::add_duration(line, "--ttl", options->store.ttl,
                    "delete the messages of a channel when none has come for this time (0: never)")
      .group(kHub);
  add_replicas(line, options->store.replicas, "answer 204 only when N replicas have the messages too").group(kHub);
  hub::declare_line_options(line, options->line, kHub);
  cli::add_duration(line, "--drain-time", options->pump.pump.drain_time,
                    "after SIGTERM, wait at most this long until all accepted requests are answered");
  line.check([options = options.get()] { return check_name(options->store.name); });
  return [options, context] { return run(*options, context); };
}

}  // namespace logredis
