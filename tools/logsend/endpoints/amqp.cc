// amqp:// and amqps://: servers of AMQP 0-9-1, as RabbitMQ.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/uuid.h"
#include "cli/amqp_options.h"
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

base::Result<net::AmqpOptions> link_options(const cli::AmqpDeclaration& declaration, const net::AmqpAddress& address,
                                            const SharedOptions& shared) {
  net::AmqpOptions options{.dial = shared.dial(), .version = LOGPIPE_VERSION};
  options.timeout = shared.timeout.value_or(options.timeout);
  options.read_credentials = TRY(cli::amqp_credentials(shared.credentials));
  if (declaration.queue_type.empty() && !address.exchange.empty() && !address.queue.empty())
    return base::fail(base::Kind::usage, "send to " + address.url.text(),
                      "the exchange says which queue gets a message; a queue beside it is for --declare");
  options.requests = TRY(cli::amqp_requests(declaration, address, "send to"));
  options.requests.push_back(
      {codec::AmqpMethod::confirm_select, std::string(1, '\0'), codec::AmqpMethod::confirm_select_ok});
  return options;
}

base::Result<Opened> open(const cli::AmqpDeclaration& declaration, event::Loop& loop, const std::vector<net::Url>& urls,
                          const SharedOptions& shared, const cli::Context& context) {
  const auto addresses = TRY(net::parse_amqp_addresses(urls));
  AmqpSinkOptions options{.link = TRY(link_options(declaration, addresses.front(), shared)),
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
  const auto declaration = std::make_shared<cli::AmqpDeclaration>();
  cli::declare_amqp(line, *declaration, "AMQP");
  return [declaration](event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
                       const cli::Context& context) { return open(*declaration, loop, urls, shared, context); };
}

}  // namespace

constinit const Endpoint kAmqp{
    {kSchemes, "RabbitMQ and other servers of AMQP 0-9-1, several to try in order; safe when confirmed", kOptions},
    false,
    declare};

}  // namespace logsend
