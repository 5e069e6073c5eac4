// amqp:// and amqps://: servers of AMQP 0-9-1, as RabbitMQ.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/uuid.h"
#include "cli/credentials.h"
#include "tools/logsend/amqp_sink.h"
#include "tools/logsend/endpoints.h"
#include "tools/logsend/on_reject.h"

namespace logsend {
namespace {

constexpr cli::Scheme kSchemes[] = {{"amqp", "amqp://[HOST][:PORT][/VHOST]?queue=NAME"},
                                    {"amqps", "amqps://[HOST][:PORT][/VHOST]?..."}};
constexpr std::string_view kOptions[] = {"--public-only", "--connect-timeout", "--timeout",      "--keepalive",
                                         "--window",      "--window-messages", "--on-reject",    "--credentials",
                                         "--declare",     "--binding",         "--exchange-type"};

constexpr char kGroup[] = "AMQP";

struct Own {
  std::string declare;  // the type of the queue; empty: nothing is declared
  std::string binding = "#";
  std::string exchange_type = "topic";
};

base::Result<codec::AmqpTopology> topology_of(const Own& own, const net::AmqpAddress& address) {
  const auto literal = [&address](const std::string& text) -> base::Result<std::string> {
    if (text.find('%') != text.npos)
      return base::fail(base::Kind::usage, "send to " + address.url.text(),
                        "what has fields in its name cannot be declared");
    return text;
  };
  return codec::AmqpTopology{.exchange = TRY(literal(address.exchange)),
                             .exchange_type = own.exchange_type,
                             .queue = TRY(literal(address.queue)),
                             .queue_type = own.declare,
                             .binding = own.binding};
}

base::Result<net::AmqpOptions> link_options(const Own& own, const net::AmqpAddress& address,
                                            const SharedOptions& shared) {
  net::AmqpOptions options{.dial = shared.dial(), .version = LOGPIPE_VERSION};
  options.timeout = shared.timeout.value_or(options.timeout);
  options.read_credentials =
      [file = shared.credentials]() -> base::Result<std::optional<std::pair<std::string, std::string>>> {
    auto credentials = TRY(cli::read_credentials(file));
    if (!credentials) return std::optional<std::pair<std::string, std::string>>();
    return std::optional(std::pair(std::move(credentials->user), std::move(credentials->password)));
  };
  TRY(options.read_credentials());
  if (own.declare.empty() && !address.exchange.empty() && !address.queue.empty())
    return base::fail(base::Kind::usage, "send to " + address.url.text(),
                      "the exchange says which queue gets a message; a queue beside it is for --declare");
  if (!own.declare.empty()) options.requests = codec::amqp_declarations(TRY(topology_of(own, address)));
  options.requests.push_back(
      {codec::AmqpMethod::confirm_select, std::string(1, '\0'), codec::AmqpMethod::confirm_select_ok});
  return options;
}

base::Result<Opened> open(const Own& own, event::Loop& loop, const std::vector<net::Url>& urls,
                          const SharedOptions& shared, const cli::Context& context) {
  const auto addresses = TRY(net::parse_amqp_addresses(urls));
  AmqpSinkOptions options{.link = TRY(link_options(own, addresses.front(), shared)),
                          .drain_time = shared.sink.pump.drain_time,
                          .window = shared.window,
                          .window_messages = static_cast<std::size_t>(shared.window_messages)};
  const std::uint64_t nonce = TRY(base::random_number());
  const bool keeps = shared.on_reject.drop || !shared.on_reject.buffer.empty();
  auto encoder = TRY(AmqpEncoder::create(shared.events, addresses.front(),
                                         context.invitation ? context.invitation->origin : "", nonce, keeps));
  const auto open_sender = [&](codec::Reject on_reject) -> std::unique_ptr<RejectingSink> {
    options.on_reject = std::move(on_reject);
    return AmqpSink::open(loop, addresses, std::move(encoder), options, context.report);
  };
  auto sink = open_rejecting(loop, open_sender, shared, context.report);
  if (sink) sink->processes = true;
  return sink;
}

Open declare(cli::CommandLine& line) {
  const auto own = std::make_shared<Own>();
  const cli::Choices<std::string> types{{"quorum", "quorum"}, {"classic", "classic"}};
  const cli::Option declared =
      cli::add_choice(line, "--declare", own->declare, types,
                      "make the exchange and the queue that are named, and bind them; the queue is of this type")
          .value_name("TYPE")
          .group(kGroup);
  line.add_text("--binding", own->binding, "with --declare: the queue gets what has this routing key")
      .value_name("KEY")
      .needs(declared)
      .group(kGroup);
  const cli::Choices<std::string> exchanges{
      {"topic", "topic"}, {"direct", "direct"}, {"fanout", "fanout"}, {"headers", "headers"}};
  cli::add_choice(line, "--exchange-type", own->exchange_type, exchanges,
                  "with --declare: the exchange is of this type")
      .value_name("TYPE")
      .needs(declared)
      .group(kGroup);
  return [own](event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
               const cli::Context& context) { return open(*own, loop, urls, shared, context); };
}

}  // namespace

constinit const Endpoint kAmqp{
    {kSchemes, "RabbitMQ and other servers of AMQP 0-9-1, several to try in order; safe when confirmed", kOptions},
    false,
    declare};

}  // namespace logsend
