// Changes of channels that both versions of the API ask for. Each changes `channel` and gives what was made, or
// returns a refusal (hub/answers.h) and leaves all as it was. Passive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hub/channel.h"

namespace hub {

struct DrainRules {
  std::size_t most = 6;  // of a channel
  std::vector<std::string> schemes = {"http", "https", "syslog", "syslog+tls", "udpsyslog"};
  bool allow_local = false;  // addresses of this host and of private networks
};

// Makes the channel's tokens those with these names: new ones are given to new names, others are deleted.
base::Result<void> set_tokens(Channel& channel, const std::vector<std::string>& names);
// The token of this name, a new one where there is none yet.
base::Result<std::string> add_token(Channel& channel, const std::string& name);

// Without a URL a token is reserved for a drain that gets its URL later. 409: a drain has this URL; 422: too many, or
// no URL for a drain.
base::Result<Drain> add_drain(Channel& channel, const std::optional<std::string>& url, const DrainRules& rules);
// 404: there is no such drain; 409, 422 as above.
base::Result<Drain> set_drain_url(Channel& channel, std::string_view id, const std::string& url,
                                  const DrainRules& rules);
base::Result<void> remove_drain(Channel& channel, std::string_view id);

}  // namespace hub
