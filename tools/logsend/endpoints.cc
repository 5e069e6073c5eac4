#include "tools/logsend/endpoints.h"

#include <iterator>
#include <random>
#include <utility>

#include "cli/credentials.h"

namespace logsend {
namespace {

constexpr const Endpoint* kOwn[] = {&kStreams, &kRelp, &kLogd, &kAmqp, &kDatagrams, &kFiles};

// What the programs in libexec have.
constexpr cli::Scheme kHttp[] = {{"http", "http://HOST[:PORT][/PATH]"}, {"https", "https://HOST[:PORT][/PATH]"}};
constexpr cli::Scheme kPostgresql[] = {{"postgresql", "postgresql://[HOST][:PORT]/DATABASE"},
                                       {"postgres", "postgres://[HOST][:PORT]/DATABASE"}};
constexpr cli::Scheme kKafka[] = {{"kafka", "kafka://HOST[:PORT],.../TOPIC"},
                                  {"kafkas", "kafkas://HOST[:PORT],.../TOPIC"}};
constexpr cli::Elsewhere kElsewhere[] = {
    {kHttp, "HTTP, several to try in order; for its options see logsend --help http://HOST"},
    {kPostgresql, "PostgreSQL, several to try in order; for its options see logsend --help postgresql:///DATABASE"},
    {kKafka, "Kafka; for its options see logsend --help kafka://HOST/TOPIC"}};

constexpr char kGroup[] = "Connection";

base::Result<OnReject> parse_on_reject(const std::string& text) {
  constexpr std::string_view kKeep = "dead-letter:";
  if (text == "stop") return OnReject{};
  if (text == "drop") return OnReject{.drop = true, .buffer = {}};
  if (text.starts_with(kKeep) && text.size() > kKeep.size())
    return OnReject{.drop = false, .buffer = text.substr(kKeep.size())};
  return base::fail(base::Kind::usage, "", "'" + text + "' is not stop, drop or dead-letter:BUFFER");
}

base::Result<void> check_keepalive(const SharedOptions& options) {
  if (!options.keepalive || *options.keepalive == base::Duration::zero()) return {};
  if (*options.keepalive < std::chrono::seconds(1) || *options.keepalive > std::chrono::hours(9))
    return cli::reject("--keepalive", "is 0 or from 1s to 9h");
  return {};
}

void declare_times(cli::CommandLine& line, SharedOptions& options) {
  cli::add_duration(line, "--connect-timeout", options.connect_timeout,
                    "try the next address when one does not answer for this time")
      .group(kGroup);
  cli::add_duration(
      line, "--timeout", options.timeout,
      "reconnect when the peer acknowledged nothing for this time, unless it is alive and does not read; 0: never "
      "(default: 10s, for RELP, logd, RabbitMQ, HTTP and PostgreSQL 90s)")
      .group(kGroup);
  cli::add_duration(
      line, "--keepalive", options.keepalive,
      "send TCP keepalive probes when the peer was silent for this time; 0: never (default: as the system does)")
      .group(kGroup);
  cli::add_duration(
      line, "--idle-timeout", options.idle_timeout,
      "close a connection when there was nothing to send for this time, and open one for the next message; "
      "0: never")
      .default_text("never")
      .group(kGroup);
  line.check([&options] { return check_keepalive(options); });
}

}  // namespace

void declare_shared(cli::CommandLine& line, SharedOptions& options) {
  const cli::Choices<stream::Framing> wires{{"lf", stream::Framing::line}, {"octet", stream::Framing::octet}};
  cli::add_choice(line, "--wire", options.wire, wires,
                  "output framing on streams and in files: lines (lf) or octet counting (octet, RFC 6587)")
      .value_name("FRAMING")
      .default_text("lf")
      .group(kGroup);
  declare_times(line, options);
  line.add_flag("--public-only", options.public_only,
                "connect to public addresses only, not to this host or a private network")
      .group(kGroup);
  cli::declare_credentials(line, options.credentials).group(kGroup);
  cli::add_bytes(line, "--window", options.window, "keep at most this much that is not acknowledged", {1})
      .group(kGroup);
  cli::add_number(line, "--window-messages", options.window_messages,
                  "keep at most this many messages that are not acknowledged", 1)
      .group(kGroup);
  cli::add_parsed(line, "--on-reject", options.on_reject, parse_on_reject,
                  "when a server (RELP, logd, RabbitMQ, HTTP, PostgreSQL, Kafka) rejects a message: stop; drop the "
                  "message and report "
                  "it; or push it into a "
                  "buffer (dead-letter:BUFFER)")
      .value_name("WHAT")
      .default_text("stop")
      .group(kGroup);
}

net::DialOptions SharedOptions::dial() const {
  return {.connect_timeout = connect_timeout, .keepalive = keepalive, .tls = tls, .seed = std::random_device()()};
}

std::span<const Endpoint* const> all_endpoints() {
  static const std::vector<const Endpoint*> all = [] {
    std::vector<const Endpoint*> endpoints(std::begin(kOwn), std::end(kOwn));
    const auto others = plugin_endpoints();
    endpoints.insert(endpoints.end(), others.begin(), others.end());
    return endpoints;
  }();
  return all;
}

const cli::Endpoints& endpoints() {
  static const cli::Endpoints all = [] {
    cli::Endpoints endpoints("logsend", cli::Use::write, all_endpoints());
    endpoints.set_elsewhere(kElsewhere);
    return endpoints;
  }();
  return all;
}

}  // namespace logsend
