#include "tools/logcat/endpoints.h"

#include <iterator>
#include <utility>

#include "cli/credentials.h"
#include "cli/options.h"

namespace logcat {
namespace {

constexpr const Endpoint* kOwn[] = {&kFiles, &kStreams, &kDatagrams, &kRelp, &kHttp, &kRing, &kAmqp};

// What the programs in libexec have.
constexpr cli::Scheme kKafka[] = {{"kafka", "kafka://HOST[:PORT],.../TOPIC"},
                                  {"kafkas", "kafkas://HOST[:PORT],.../TOPIC"}};
constexpr cli::Elsewhere kElsewhere[] = {{kKafka, "Kafka; for its options see logcat --help kafka://HOST/TOPIC"}};

constexpr char kListening[] = "Listening";

}  // namespace

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
    cli::Endpoints endpoints("logcat", cli::Use::read, all_endpoints());
    endpoints.set_elsewhere(kElsewhere);
    return endpoints;
  }();
  return all;
}

Opened opened(std::unique_ptr<net::ListeningSource> source) {
  net::ListeningSource* const senders = source.get();
  return {.source = std::move(source), .senders = senders};
}

base::Result<std::vector<std::vector<net::Url>>> parse_sources(const std::vector<std::string>& addresses) {
  std::vector<std::vector<net::Url>> sources(all_endpoints().size());
  std::string ends, listens;
  for (const std::string& address : addresses.empty() ? std::vector<std::string>{"-"} : addresses) {
    net::Url url = TRY(net::parse_url(address));
    const auto kind = endpoints().find(url.scheme);
    if (!kind) return tl::unexpected(endpoints().unknown(url, address));
    std::string& example = all_endpoints()[*kind]->listens ? listens : ends;
    if (example.empty()) example = url.text();
    sources[*kind].push_back(std::move(url));
  }
  if (!ends.empty() && !listens.empty())
    return base::fail(base::Kind::usage, "read " + ends + " and " + listens,
                      "files end and listeners do not: use a process for each");
  return sources;
}

void declare_shared(cli::CommandLine& line, SharedOptions& options) {
  const cli::Choices<std::optional<stream::Framing>> framings{{"auto", std::nullopt},
                                                              {"line", stream::Framing::line},
                                                              {"nul", stream::Framing::nul},
                                                              {"octet", stream::Framing::octet}};
  cli::add_choice(
      line, "--input-framing", options.framing, framings,
      "input framing: line, nul, octet; auto: lines in files, and on a connection each frame is recognised by how "
      "it starts")
      .value_name("FRAMING")
      .default_text("auto")
      .group("Frames");
  cli::declare_credentials(line, options.credentials).group("Brokers");
  cli::add_number(line, "--max-connections", options.max_connections,
                  "accept at most N connections at a time; others wait", 1)
      .group(kListening);
  cli::add_duration(line, "--idle-timeout", options.idle_timeout,
                    "close connections on which nothing was received for this time; 0: never")
      .group(kListening);
}

}  // namespace logcat
