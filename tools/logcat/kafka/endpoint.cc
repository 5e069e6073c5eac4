#include "tools/logcat/kafka/endpoint.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/options.h"
#include "kafka/properties.h"
#include "tools/logcat/kafka/kafka_source.h"

namespace logcat::kafka {
namespace {

constexpr cli::Scheme kSchemes[] = {{"kafka", "kafka://HOST[:PORT],.../TOPIC"},
                                    {"kafkas", "kafkas://HOST[:PORT],.../TOPIC"}};
constexpr std::string_view kOptions[] = {"--credentials", "--property", "--property-file",
                                         "--consumer",    "--start",    "--since"};

constexpr char kGroup[] = "Kafka";

struct Own {
  ::kafka::Options properties;
  std::string consumer = "logcat";
  bool at_newest = false;
  std::optional<base::WallTime> since;
};

// "/one,two"
base::Result<std::vector<std::string>> topics_of(const net::Url& url) {
  std::vector<std::string> topics;
  std::string_view rest = url.path;
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the slash, or a comma
    topics.emplace_back(rest.substr(0, rest.find(',')));
    rest.remove_prefix(topics.back().size());
    if (topics.back().empty()) topics.clear();
    if (topics.empty()) break;
  }
  if (topics.empty())
    return base::fail(base::Kind::usage, "read " + url.text(), "a topic is missing: " + url.scheme + "://HOST/TOPIC");
  return topics;
}

base::Result<Opened> open(const Own& own, event::Loop& loop, const std::vector<net::Url>& urls,
                          const SharedOptions& shared, const cli::Context& context) {
  if (urls.size() > 1)
    return base::fail(base::Kind::usage, "read " + urls[1].text(),
                      "one address of a cluster is enough; several topics are joined by commas");
  const net::Url& url = urls.front();
  SourceOptions options{.cluster = url.text(),
                        .topics = TRY(topics_of(url)),
                        .consumer = own.consumer,
                        .at_newest = own.at_newest,
                        .since = own.since,
                        .max_message = shared.max_message};
  ::kafka::Options chosen = own.properties;
  chosen.credentials = shared.credentials;
  const auto properties = TRY(::kafka::read_properties(chosen, url, shared.tls_files));
  Opened opened;
  opened.source = TRY(KafkaSource::open(loop, properties, std::move(options), context.report));
  return opened;
}

Open declare(cli::CommandLine& line) {
  const auto own = std::make_shared<Own>();
  ::kafka::declare(line, own->properties, kGroup);
  line.add_text("--consumer", own->consumer, "the consumer group, whose members share the partitions")
      .value_name("NAME")
      .group(kGroup);
  const cli::Choices<bool> starts{{"oldest", false}, {"newest", true}};
  cli::add_choice(line, "--start", own->at_newest, starts,
                  "where to begin in a partition of which the group has nothing committed")
      .value_name("WHERE")
      .default_text("oldest")
      .group(kGroup);
  cli::add_time(line, "--since", own->since, "leave out records from before this time").group(kGroup);
  return [own](event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
               const cli::Context& context) { return open(*own, loop, urls, shared, context); };
}

}  // namespace

constinit const Endpoint kKafka{
    {kSchemes, "Kafka topics, as a member of a consumer group; an offset is committed when all before it is safe",
     kOptions},
    true,
    declare,
    true};

}  // namespace logcat::kafka
