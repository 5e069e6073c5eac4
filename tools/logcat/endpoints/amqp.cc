// amqp:// and amqps://: a queue of a server of AMQP 0-9-1, as RabbitMQ.
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "cli/amqp_options.h"
#include "cli/options.h"
#include "tools/logcat/amqp_source.h"
#include "tools/logcat/endpoints.h"

namespace logcat {
namespace {

constexpr cli::Scheme kSchemes[] = {{"amqp", "amqp://[HOST][:PORT][/VHOST]?queue=NAME"},
                                    {"amqps", "amqps://[HOST][:PORT][/VHOST]?..."}};
constexpr std::string_view kOptions[] = {"--credentials", "--prefetch",      "--add-properties", "--declare",
                                         "--binding",     "--exchange-type", "--timeout",        "--connect-timeout"};

constexpr char kGroup[] = "AMQP";
constexpr std::uint64_t kMostPrefetch = 65535;  // a number of two bytes

struct Own {
  cli::AmqpDeclaration declaration;
  std::optional<std::uint64_t> prefetch;
  bool add_properties = false;
  base::Duration timeout = net::AmqpOptions().timeout;
  base::Duration connect_timeout = net::DialOptions().connect_timeout;
};

base::Result<void> check(const net::AmqpAddress& address, const Own& own) {
  const auto fail = [&address](const char* why) {
    return base::fail(base::Kind::usage, "read " + address.url.text(), why);
  };
  if (address.queue.empty()) return fail("name the queue: ?queue=NAME");
  if (address.queue.find('%') != std::string::npos) return fail("the name of a queue has no fields here");
  if (address.has_key) return fail("a key is for logsend; --binding says what --declare binds the queue with");
  if (!address.exchange.empty() && own.declaration.queue_type.empty())
    return fail("messages come from the queue; an exchange beside it is for --declare");
  return {};
}

base::Result<AmqpSourceOptions> source_options(const Own& own, const net::AmqpAddress& address,
                                               const SharedOptions& shared, const cli::Context& context) {
  AmqpSourceOptions options;
  options.max_message = shared.max_message;
  options.add_properties = own.add_properties;
  if (own.prefetch) options.prefetch = static_cast<std::uint16_t>(*own.prefetch);
  net::AmqpOptions& link = options.link;
  link.dial = {.connect_timeout = own.connect_timeout, .seed = std::random_device()()};
  link.timeout = own.timeout;
  link.version = LOGPIPE_VERSION;
  if (address.url.uses_tls())
    link.dial.tls = TRY(net::TlsContext::create(net::TlsRole::client, shared.tls_files, context.report));
  link.read_credentials = TRY(cli::amqp_credentials(shared.credentials));
  link.requests = TRY(cli::amqp_requests(own.declaration, address, "read"));
  return options;
}

base::Result<Opened> open(const Own& own, event::Loop& loop, const std::vector<net::Url>& urls,
                          const SharedOptions& shared, const cli::Context& context) {
  const auto addresses = TRY(net::parse_amqp_addresses(urls));
  TRY(check(addresses.front(), own));
  auto options = TRY(source_options(own, addresses.front(), shared, context));
  return opened(AmqpSource::open(loop, addresses, std::move(options), context.report));
}

Open declare(cli::CommandLine& line) {
  const auto own = std::make_shared<Own>();
  cli::add_prefetch(line, own->prefetch).default_text("2000").group(kGroup);
  line.add_flag("--add-properties", own->add_properties,
                "write each message as a JSON event that has the message's properties as fields")
      .group(kGroup);
  cli::declare_amqp(line, own->declaration, kGroup);
  cli::add_duration(line, "--timeout", own->timeout, "reconnect when the server said nothing for this time; 0: never")
      .group(kGroup);
  cli::add_duration(line, "--connect-timeout", own->connect_timeout,
                    "try the next address when one does not answer for this time")
      .group(kGroup);
  line.check([own]() -> base::Result<void> {
    if (own->prefetch.value_or(1) > kMostPrefetch)
      return cli::reject("--prefetch", "must be at most " + std::to_string(kMostPrefetch));
    return {};
  });
  return [own](event::Loop& loop, const std::vector<net::Url>& urls, const SharedOptions& shared,
               const cli::Context& context) { return open(*own, loop, urls, shared, context); };
}

}  // namespace

constinit const Endpoint kAmqp{
    {kSchemes, "a queue of RabbitMQ or another server of AMQP 0-9-1; acknowledged when safe; several to try in order",
     kOptions},
    true,
    declare,
    true};

}  // namespace logcat
