// amqp://[USER[:PASSWORD]@][HOST][:PORT][/VHOST][?exchange=NAME&key=KEY&queue=NAME], amqps:// with TLS: RabbitMQ's URI
// specification, and what of the server's is meant, in the query.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "net/url.h"

namespace net {

struct AmqpAddress {
  Url url;  // for messages, and to connect to
  std::string vhost = "/";
  // Decoded. A template (codec/template.h) where it has fields; what is no field's has "%%" for "%" then.
  std::string exchange = {};
  std::string key = {};
  std::string queue = {};
  bool has_key = false;  // it may be empty
};

// Kind::usage with the reason: unknown parameters, an empty virtual host.
base::Result<AmqpAddress> parse_amqp_address(const Url& url);
// The same of servers that can stand in for each other: all say the same but for host and port.
base::Result<std::vector<AmqpAddress>> parse_amqp_addresses(const std::vector<Url>& urls);

}  // namespace net
