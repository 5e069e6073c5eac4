#include "tools/logredis/shared_options.h"

#include <CLI/CLI.hpp>
#include <limits>

#include "cli/credentials.h"
#include "cli/options.h"
#include "cli/tls_options.h"
#include "stream/retry.h"

namespace logredis {
namespace {

constexpr char kServer[] = "Server";
constexpr char kQueue[] = "Queue";

}  // namespace

void add_server(CLI::App& app, ServerOptions& options) {
  app.add_option("URL", options.url,
                 "redis://HOST:PORT/DB, rediss://HOST:PORT/DB, redis+sentinel://HOST:PORT,.../MASTER/DB or unix:PATH")
      ->required()
      ->type_name("URL");
  cli::declare_credentials(app, options.credentials)->group(kServer);
  cli::add_number(app, "--db", options.database, "the number of the database (default: the URL's, or 0)")
      ->group(kServer);
  cli::add_duration(app, "--connect-timeout", options.connect_timeout, "give up on an address after this time")
      ->group(kServer);
  cli::add_duration(app, "--timeout", options.timeout, "connect again when an answer is owed and none came for so long")
      ->group(kServer);
  cli::declare_tls(app, options.tls);
}

void add_key(CLI::App& app, std::string& key) {
  app.add_option("KEY", key, "the queue's key")->required()->type_name("TEXT");
}

void add_keys(CLI::App& app, std::vector<std::string>& keys) {
  app.add_option("KEY", keys, "the queues' keys")->required()->type_name("TEXT");
}

void add_layout(CLI::App& app, Layout& layout) {
  CLI::Option* list = app.add_flag_callback(
                             "--list", [&layout] { layout = Layout::list; }, "the queue is a Redis list; the default")
                          ->group(kQueue);
  app.add_flag_callback(
         "--stream", [&layout] { layout = Layout::stream; }, "the queue is a Redis stream")
      ->excludes(list)
      ->group(kQueue);
}

void add_consumer_name(CLI::App& app, std::string& name) {
  app.add_option("-c,--consumer", name, "the consumer to use")->type_name("NAME")->capture_default_str();
}

base::Result<Server> find_server(const ServerOptions& options, const cli::Context& context) {
  Server server;
  server.address = TRY(parse_address(options.url));
  if (options.database) {
    if (*options.database > std::numeric_limits<unsigned>::max())
      return base::fail(base::Kind::usage, "--db", "there is no such database");
    server.address.database = static_cast<unsigned>(*options.database);
  }
  const auto secret = TRY(cli::read_credentials(options.credentials));
  if (secret) server.address.credentials = {secret->user, secret->password};
  server.options = {
      .connect_timeout = options.connect_timeout, .timeout = options.timeout, .tls = {}, .seed = stream::retry_seed()};
  if (server.address.needs_tls())
    server.options.tls = TRY(net::TlsContext::create(net::TlsRole::client, options.tls, context.report));
  else if (!options.tls.empty())
    return base::fail(base::Kind::usage, "set up TLS", "--tls options were given, but the address is not rediss://");
  return server;
}

}  // namespace logredis
