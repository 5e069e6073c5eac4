// Where a queue's server is (logredis(1), ADDRESSES):
//
//   redis://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]]...[/DB]             rediss:// with TLS
//   redis+sentinel://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]].../MASTER[/DB]
//   unix:PATH[?db=DB]
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/url.h"

namespace redis {

struct Credentials {
  std::string user = {};      // empty: the default user
  std::string password = {};  // never print it
  [[nodiscard]] bool empty() const { return user.empty() && password.empty(); }
};

struct Address {
  std::vector<net::Url> servers = {};  // tried in order, without credentials; Sentinels where `master` is set
  std::string master = {};             // what the Sentinels call it
  Credentials credentials = {};
  unsigned database = 0;

  [[nodiscard]] bool needs_tls() const { return servers.front().uses_tls(); }
  // For messages: without the credentials.
  [[nodiscard]] std::string text() const;
};

// Kind::usage with the reason; passwords do not show in it.
base::Result<Address> parse_address(std::string_view text);

// "HOST:PORT" as MOVED, ASK and Sentinels say it; without a host the one of `current`.
base::Result<net::Url> parse_direction(std::string_view text, const net::Url& current);

}  // namespace redis
