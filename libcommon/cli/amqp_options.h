// What tools are told of servers of AMQP 0-9-1 on the command line.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command_line.h"
#include "codec/amqp_session.h"
#include "net/amqp_address.h"
#include "net/amqp_link.h"

namespace cli {

struct AmqpDeclaration {
  std::string queue_type = {};  // empty: nothing is declared
  std::string binding = "#";
  std::string exchange_type = "topic";
};

// --declare, --binding, --exchange-type
void declare_amqp(CommandLine& line, AmqpDeclaration& declaration, const std::string& group);

// The requests that make what the address names; none without --declare. Kind::usage, with `action` ("send to"), for
// names that have fields in them.
base::Result<std::vector<codec::AmqpRequest>> amqp_requests(const AmqpDeclaration& declaration,
                                                            const net::AmqpAddress& address, const std::string& action);

// Reads the file of --credentials, which may be empty, for each connection; and once now. Kind::config as
// read_credentials().
base::Result<net::AmqpOptions::ReadCredentials> amqp_credentials(const std::string& file);

}  // namespace cli
