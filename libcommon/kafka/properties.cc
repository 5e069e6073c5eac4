#include "kafka/properties.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/quote.h"
#include "cli/credentials.h"
#include "cli/secret_file.h"

namespace kafka {
namespace {

using base::Kind;
using base::Result;

struct Refused {
  std::string_view name;
  std::string_view why;
};

constexpr std::string_view kReceipts = "receipts would not be true with another value";
constexpr std::string_view kConsumerOption = "use --consumer";
constexpr std::string_view kVerifyOption = "use --tls-verify";
constexpr std::string_view kAddress = "the address says it";
constexpr std::string_view kWindowOption = "use --window and --window-messages";

constexpr Refused kRefused[] = {
    {"acks", kReceipts},
    {"request.required.acks", kReceipts},
    {"enable.idempotence", kReceipts},
    {"enable.gapless.guarantee", kReceipts},
    {"delivery.report.only.error", kReceipts},
    {"message.timeout.ms", kReceipts},
    {"delivery.timeout.ms", kReceipts},
    {"message.send.max.retries", kReceipts},
    {"retries", kReceipts},
    {"queuing.strategy", kReceipts},
    {"transactional.id", kReceipts},
    {"enable.auto.commit", kReceipts},
    {"auto.commit.enable", kReceipts},
    {"auto.commit.interval.ms", kReceipts},
    {"enable.auto.offset.store", kReceipts},
    {"offset.store.method", kReceipts},
    {"check.crcs", kReceipts},
    {"bootstrap.servers", kAddress},
    {"metadata.broker.list", kAddress},
    {"security.protocol", "the scheme says it: kafka or kafkas"},
    {"ssl.ca.location", "use --tls-ca-file"},
    {"ssl.certificate.location", "use --tls-cert-file"},
    {"ssl.key.location", "use --tls-key-file"},
    {"enable.ssl.certificate.verification", kVerifyOption},
    {"ssl.endpoint.identification.algorithm", kVerifyOption},
    {"sasl.username", "use --credentials"},
    {"sasl.password", "use --credentials"},
    {"queue.buffering.max.messages", kWindowOption},
    {"queue.buffering.max.kbytes", kWindowOption},
    {"queued.max.messages.kbytes", kWindowOption},
    {"group.id", kConsumerOption},
    {"auto.offset.reset", "use --start"},
    {"topic.auto.offset.reset", "use --start"},
    {"enable.partition.eof", "it would mean nothing"},
    {"log.queue", "it would mean nothing"},
};

constexpr std::string_view kSecrets[] = {"ssl.key.password", "ssl.key.pem", "ssl.keystore.password",
                                         "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config"};

void append(Properties& properties, std::string name, std::string value) {
  properties.push_back({std::move(name), std::move(value)});
}

bool has(const Properties& properties, std::string_view name) {
  return std::ranges::find(properties, name, &Property::name) != properties.end();
}

std::string servers_of(const net::Url& url) {
  const std::string host = url.host.empty() ? "localhost" : url.host;
  return net::bracketed(host) + ":" + std::to_string(url.port) + (url.more_hosts.empty() ? "" : "," + url.more_hosts);
}

Result<void> append_tls(Properties& properties, const net::TlsOptions& tls) {
  if (!tls.peer.empty())
    return base::fail(Kind::usage, "--tls-peer", "each broker of Kafka has a name of its own, which it is asked for");
  const bool verify = tls.verify != net::TlsVerify::none;
  append(properties, "enable.ssl.certificate.verification", verify ? "true" : "false");
  append(properties, "ssl.endpoint.identification.algorithm", verify ? "https" : "none");
  if (!tls.ca_file.empty()) append(properties, "ssl.ca.location", tls.ca_file);
  if (tls.cert_file.empty()) return {};
  append(properties, "ssl.certificate.location", tls.cert_file);
  append(properties, "ssl.key.location", tls.key_file.empty() ? tls.cert_file : tls.key_file);
  return {};
}

// Without TLS a password is not sent as it is, unless that is asked for.
void append_login(Properties& properties, const cli::Credentials& credentials, bool uses_tls) {
  if (!has(properties, "sasl.mechanism") && !has(properties, "sasl.mechanisms"))
    append(properties, "sasl.mechanism", uses_tls ? "PLAIN" : "SCRAM-SHA-512");
  append(properties, "sasl.username", credentials.user);
  append(properties, "sasl.password", credentials.password);
}

Result<std::optional<cli::Credentials>> credentials_of(const Options& options, const net::Url& url) {
  auto credentials = TRY(cli::read_credentials(options.credentials));
  if (!credentials && !url.user.empty()) credentials = cli::Credentials{.user = url.user, .password = url.password};
  if (credentials && credentials->user.empty())
    return base::fail(Kind::config, "read credentials " + options.credentials, "USER:PASSWORD is needed");
  return credentials;
}

}  // namespace

Result<Property> parse_property(std::string_view text, bool in_file) {
  const auto fail = [](const std::string& why) { return base::fail(Kind::usage, "read a property", why); };
  const std::size_t end = text.find('=');
  if (end == text.npos || end == 0) return fail("a property is written NAME=VALUE");
  const std::string_view name = text.substr(0, end);
  if (text.find('\0') != text.npos) return fail(base::quote(name) + " has a NUL in its value");
  const auto refused = std::ranges::find(kRefused, name, &Refused::name);
  if (refused != std::end(kRefused)) return fail(base::quote(name) + " cannot be set: " + std::string(refused->why));
  if (!in_file && std::ranges::find(kSecrets, name) != std::end(kSecrets))
    return fail(base::quote(name) + " is secret, and others can read the command line: use --property-file");
  return Property{std::string(name), std::string(text.substr(end + 1))};
}

Result<Properties> parse_properties(std::string_view text) {
  Properties properties;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && !line.starts_with('#')) properties.push_back(TRY(parse_property(line, true)));
  }
  return properties;
}

void declare(cli::CommandLine& line, Options& options, const std::string& group) {
  const auto take = [&options](const std::string& text) -> Result<void> {
    options.given.push_back(TRY(parse_property(text, false)));
    return {};
  };
  line.add_values("-X,--property", take, "set this property of librdkafka; may be given several times")
      .value_name("NAME=VALUE")
      .group(group);
  line.add_text("--property-file", options.file,
                "set the properties in this file, or in the systemd credential of this name, one on each line")
      .value_name("FILE")
      .group(group);
}

Result<Properties> read_properties(const Options& options, const net::Url& url, const net::TlsOptions& tls) {
  Properties properties;
  append(properties, "client.id", "logpipe");
  append(properties, "reconnect.backoff.max.ms", "5000");
  append(properties, "topic.metadata.propagation.max.ms", "5000");
  if (!options.file.empty()) {
    const std::string what = "read properties " + options.file;
    auto in_file = parse_properties(TRY(cli::read_secret_file(options.file, what)));
    if (!in_file) return base::fail(Kind::config, what, in_file.error().why);
    properties.insert(properties.end(), in_file->begin(), in_file->end());
  }
  properties.insert(properties.end(), options.given.begin(), options.given.end());
  append(properties, "bootstrap.servers", servers_of(url));
  const auto credentials = TRY(credentials_of(options, url));
  const std::string protocol = credentials ? "sasl_" : "";
  append(properties, "security.protocol", protocol + (url.uses_tls() ? "ssl" : "plaintext"));
  if (protocol.empty() && !url.uses_tls()) return properties;
  if (url.uses_tls()) TRY(append_tls(properties, tls));
  if (credentials) append_login(properties, *credentials, url.uses_tls());
  return properties;
}

}  // namespace kafka
