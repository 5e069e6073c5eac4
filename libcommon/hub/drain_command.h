// What sends a drain's messages: logsend, with the options and the address that belong to its URL. The frames are
// logplex's (A3 of its behaviour), for the schemes that it has; others get the messages as they are stored.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "hub/channel.h"

namespace hub {

struct DrainCommand {
  std::string address;               // of logsend: may have secrets, so it belongs in a file
  std::vector<std::string> options;  // of logsend: have none
};

// `public_only`: connects to public addresses only. Kind::usage where the URL is none.
base::Result<DrainCommand> drain_command(const Drain& drain, bool public_only);

// "https://logs.example:443": where it leads, without what may be secret. Empty where the URL is none.
std::string drain_place(const std::string& url);

// `line` without what may be secret of the URL: what follows its host, and its user and password.
std::string without_secrets(std::string line, const std::string& url);

}  // namespace hub
