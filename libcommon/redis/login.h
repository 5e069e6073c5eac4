// What a session asks for first on a new connection: AUTH, SELECT, ROLE behind a Sentinel, and the server's version.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "redis/address.h"
#include "redis/connection.h"

namespace redis {

struct LoginEvents {
  std::function<void(std::string version)> done;             // empty: it does not say
  std::function<void(base::Error error)> refused;            // no other try can mend it: a wrong password
  std::function<void(const base::Error& error)> is_replica;  // where a Sentinel's master was asked for
};

// Sends it all; one of the events is called, as answers come. `connection` must live until then.
void log_in(Connection& connection, const Address& address, const LoginEvents& events);

}  // namespace redis
