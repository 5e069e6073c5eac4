#include "cli/amqp_options.h"

#include <optional>
#include <utility>

#include "cli/credentials.h"
#include "cli/options.h"

namespace cli {
namespace {

base::Result<codec::AmqpTopology> topology_of(const AmqpDeclaration& declaration, const net::AmqpAddress& address,
                                              const std::string& action) {
  if ((address.exchange + address.queue).find('%') != std::string::npos)
    return base::fail(base::Kind::usage, action + " " + address.url.text(),
                      "what has fields in its name cannot be declared");
  return codec::AmqpTopology{.exchange = address.exchange,
                             .exchange_type = declaration.exchange_type,
                             .queue = address.queue,
                             .queue_type = declaration.queue_type,
                             .binding = declaration.binding};
}

}  // namespace

void declare_amqp(CommandLine& line, AmqpDeclaration& declaration, const std::string& group) {
  const Choices<std::string> types{{"quorum", "quorum"}, {"classic", "classic"}};
  const Option declared =
      add_choice(line, "--declare", declaration.queue_type, types,
                 "make the exchange and the queue that are named, and bind them; the queue is of this type")
          .value_name("TYPE")
          .group(group);
  line.add_text("--binding", declaration.binding, "with --declare: the queue gets what has this routing key")
      .value_name("KEY")
      .needs(declared)
      .group(group);
  const Choices<std::string> exchanges{
      {"topic", "topic"}, {"direct", "direct"}, {"fanout", "fanout"}, {"headers", "headers"}};
  add_choice(line, "--exchange-type", declaration.exchange_type, exchanges,
             "with --declare: the exchange is of this type")
      .value_name("TYPE")
      .needs(declared)
      .group(group);
}

base::Result<std::vector<codec::AmqpRequest>> amqp_requests(const AmqpDeclaration& declaration,
                                                            const net::AmqpAddress& address,
                                                            const std::string& action) {
  if (declaration.queue_type.empty()) return std::vector<codec::AmqpRequest>();
  return codec::amqp_declarations(TRY(topology_of(declaration, address, action)));
}

base::Result<net::AmqpOptions::ReadCredentials> amqp_credentials(const std::string& file) {
  net::AmqpOptions::ReadCredentials read =
      [file]() -> base::Result<std::optional<std::pair<std::string, std::string>>> {
    auto credentials = TRY(read_credentials(file));
    if (!credentials) return std::optional<std::pair<std::string, std::string>>();
    return std::optional(std::pair(std::move(credentials->user), std::move(credentials->password)));
  };
  TRY(read());
  return read;
}

}  // namespace cli
