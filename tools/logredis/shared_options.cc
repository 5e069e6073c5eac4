#include "tools/logredis/shared_options.h"

#include <algorithm>
#include <limits>

#include "cli/credentials.h"
#include "cli/options.h"
#include "cli/tls_options.h"
#include "stream/retry.h"

namespace logredis {
namespace {

constexpr char kServer[] = "Server";
constexpr char kQueue[] = "Queue";
constexpr char kUrl[] =
    "redis://HOST:PORT/DB, rediss://HOST:PORT/DB, redis+sentinel://HOST:PORT,.../MASTER/DB or unix:PATH";

// "N" or "N,TIME".
base::Result<void> take_replicas(const std::string& text, ReplicaOptions& options) {
  const std::size_t comma = std::min(text.find(','), text.size());
  const auto count = base::parse_number(std::string_view(text).substr(0, comma));
  if (!count || *count == 0) return base::fail(base::Kind::usage, "", "'" + text + "' is not N or N,TIME");
  options.count = *count;
  if (comma == text.size()) return {};
  const auto time = base::parse_duration(std::string_view(text).substr(comma + 1));
  if (!time || *time < std::chrono::milliseconds(1))
    return base::fail(base::Kind::usage, "", "'" + text + "' has no time of at least 1ms after the comma");
  options.timeout = *time;
  return {};
}

base::Result<void> check_order(const std::string& url, const std::string& key) {
  const auto address = redis::parse_address(key);
  if (redis::parse_address(url) || !address) return {};
  return base::fail(base::Kind::usage, "the URL comes first: write '" + address->text() + " " + url + "'", "");
}

void add_connection(cli::CommandLine& line, ServerOptions& options, const std::string& credentials) {
  cli::declare_credentials(line, options.credentials, credentials).group(kServer);
  cli::add_number(line, "--db", options.database, "the number of the database (default: the URL's, or 0)")
      .group(kServer);
  cli::add_duration(line, "--connect-timeout", options.connect_timeout,
                    "give up on an address that does not answer within this time")
      .group(kServer);
  cli::add_duration(line, "--timeout", options.timeout,
                    "connect again when an answer is due and none has come for this time")
      .group(kServer);
  cli::declare_tls(line, options.tls);
}

}  // namespace

void add_server(cli::CommandLine& line, ServerOptions& options, const std::string& credentials) {
  line.add_text("URL", options.url, kUrl).required().value_name("URL");
  add_connection(line, options, credentials);
}

void add_servers(cli::CommandLine& line, ServerOptions& options, std::vector<std::string>& urls,
                 const std::string& credentials) {
  line.add_texts("URL", urls, kUrl + std::string("; several share the channels, and #NAME names each"))
      .required()
      .value_name("URL");
  add_connection(line, options, credentials);
}

void add_queue(cli::CommandLine& line, ServerOptions& options, std::string& key) {
  add_server(line, options);
  line.add_text("KEY", key, "the queue's key").required().value_name("TEXT");
  line.check([&] { return check_order(options.url, key); });
}

void add_queues(cli::CommandLine& line, ServerOptions& options, std::vector<std::string>& keys) {
  add_server(line, options);
  line.add_texts("KEY", keys, "the queues' keys").required().value_name("TEXT");
  line.check([&] { return check_order(options.url, keys.back()); });
}

cli::Option add_replicas(cli::CommandLine& line, ReplicaOptions& options, const std::string& help) {
  return line
      .add_value(
          "--wait-replicas", [&options](const std::string& text) { return take_replicas(text, options); },
          help + "; ask them again after TIME (1s)")
      .value_name("N[,TIME]");
}

void add_layout(cli::CommandLine& line, Layout& layout) {
  const cli::Option list =
      line.add_flag(
              "--list", [&layout] { layout = Layout::list; }, "the queue is a Redis list (the default)")
          .group(kQueue);
  line.add_flag(
          "--stream", [&layout] { layout = Layout::stream; }, "the queue is a Redis stream")
      .excludes(list)
      .group(kQueue);
}

void add_consumer_name(cli::CommandLine& line, std::string& name) {
  line.add_text("-c,--consumer", name, "the consumer to use").value_name("NAME");
}

base::Result<Server> find_server(const ServerOptions& options, const cli::Context& context) {
  Server server;
  server.address = TRY(redis::parse_address(options.url));
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
