// Options that all verbs of logredis share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "event/loop.h"
#include "net/tls.h"
#include "redis/session.h"

namespace logredis {

inline constexpr char kDefaultConsumer[] = "default";

// How long those that answer a question or do one thing wait for a server that is not there: not at all.
inline constexpr base::Duration kAtOnce = base::Duration::zero();

enum class Layout { list, stream };

struct ServerOptions {
  std::string url;
  std::string credentials;                // a file; empty: as in the URL
  std::optional<std::uint64_t> database;  // instead of the URL's
  base::Duration connect_timeout = std::chrono::seconds(10);
  base::Duration timeout = std::chrono::seconds(30);
  net::TlsOptions tls;
};

// URL, --credentials under the name that is given, --db, --connect-timeout, --timeout, --tls-*.
void add_server(cli::CommandLine& line, ServerOptions& options, const std::string& credentials = "--credentials");
// The same with several URLs.
void add_servers(cli::CommandLine& line, ServerOptions& options, std::vector<std::string>& urls,
                 const std::string& credentials);
// One URL, and KEY or KEYs after it.
void add_queue(cli::CommandLine& line, ServerOptions& options, std::string& key);
void add_queues(cli::CommandLine& line, ServerOptions& options, std::vector<std::string>& keys);
// --wait-replicas.
struct ReplicaOptions {
  std::uint64_t count = 0;  // 0: none is waited for
  base::Duration timeout = std::chrono::seconds(1);
};
cli::Option add_replicas(cli::CommandLine& line, ReplicaOptions& options, const std::string& help);
void add_layout(cli::CommandLine& line, Layout& layout);  // --list, --stream
void add_consumer_name(cli::CommandLine& line, std::string& name);

// What was asked for, with the credentials read and TLS set up.
struct Server {
  redis::Address address;
  redis::SessionOptions options;
};
base::Result<Server> find_server(const ServerOptions& options, const cli::Context& context);

}  // namespace logredis
