#include "tools/logsend/kafka/endpoint.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "codec/template.h"
#include "kafka/properties.h"
#include "stream/origin.h"
#include "tools/logsend/kafka/kafka_sink.h"
#include "tools/logsend/on_reject.h"

namespace logsend::kafka {
namespace {

constexpr cli::Scheme kSchemes[] = {{"kafka", "kafka://HOST[:PORT],.../TOPIC"},
                                    {"kafkas", "kafkas://HOST[:PORT],.../TOPIC"}};
constexpr std::string_view kOptions[] = {"--window", "--window-messages", "--on-reject",
                                         // its own
                                         "--credentials", "--property", "--property-file", "--record-key"};

constexpr char kGroup[] = "Kafka";

// Small, so that the window moves on soon, and large enough to be handed over quickly.
constexpr std::size_t kLoadMessages = 1000;
constexpr std::size_t kLoadBytes = 256 << 10;

struct Own {
  ::kafka::Options properties;
  std::string record_key;
};

base::Result<std::string> topic_of(const net::Url& url) {
  if (url.path.size() > 1 && url.path.front() == '/') return url.path.substr(1);
  return base::fail(base::Kind::usage, "send to " + url.text(),
                    "the topic is missing: " + url.scheme + "://HOST/TOPIC");
}

SinkOptions sink_options(const std::shared_ptr<Own>& own, const net::Url& url, const SharedOptions& shared,
                         const cli::Context& context) {
  SinkOptions options;
  options.cluster = url.text();
  if (context.invitation) options.origin = stream::lasting_origin(context.invitation->origin);
  options.outbox = {.messages = kLoadMessages,
                    .bytes = kLoadBytes,
                    .window = shared.window.count,
                    .window_messages = static_cast<std::size_t>(shared.window_messages),
                    .keep_texts = shared.on_reject.drop || !shared.on_reject.buffer.empty()};
  options.drain_time = shared.sink.pump.drain_time;
  options.seed = shared.dial().seed;
  options.read_properties = [own, url, tls = shared.tls_files] {
    return ::kafka::read_properties(own->properties, url, tls);
  };
  return options;
}

base::Result<Opened> open(const std::shared_ptr<Own>& own, event::Loop& loop, const net::Url& url,
                          const SharedOptions& shared, const cli::Context& context) {
  const std::string topic = TRY(topic_of(url));
  own->properties.credentials = shared.credentials;
  SinkOptions options = sink_options(own, url, shared, context);
  const auto open_sender = [&](codec::Reject on_reject) -> base::Result<std::unique_ptr<RejectingSink>> {
    options.on_reject = std::move(on_reject);
    auto encoder = TRY(RecordEncoder::create(shared.events, topic, own->record_key, !options.origin.empty()));
    return KafkaSink::open(loop, std::move(encoder), options, context.report);
  };
  auto sink = open_rejecting(loop, open_sender, shared, context.report);
  if (sink) sink->processes = true;
  return sink;
}

Open declare(cli::CommandLine& line) {
  const auto own = std::make_shared<Own>();
  ::kafka::declare(line, own->properties, kGroup);
  const auto parse_key = [](const std::string& text) -> base::Result<std::string> {
    TRY(codec::Template::compile(text));
    return text;
  };
  cli::add_parsed(line, "--record-key", own->record_key, parse_key,
                  "the key of records, with fields as %{NAME}: records with the same key go to the same partition and "
                  "keep their order (default: none)")
      .value_name("TEMPLATE")
      .group(kGroup);
  return [own](event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
               const cli::Context& context) { return open(own, loop, urls.front(), shared, context); };
}

}  // namespace

constinit const Endpoint kKafka{
    {kSchemes, "a Kafka topic, perhaps with fields in its name; safe when all replicas in sync have it", kOptions},
    true,
    declare};

}  // namespace logsend::kafka
