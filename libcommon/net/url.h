// Addresses of messages (logpipe(7), ADDRESSES): "-", PATH, file:PATH, unix:PATH, tcp://HOST:PORT, ...
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace net {

struct Url {
  std::string scheme;    // lower case; "file" for a bare path, "-" for stdin
  std::string user;      // decoded
  std::string password;  // decoded; never print it, use text()
  std::string host;      // without brackets; empty: none given
  std::uint16_t port = 0;
  std::string path;  // file:, unix:, dir:, buf: the path as written; network URLs: from the first '/' after the
                     // authority, if any

  [[nodiscard]] bool is_network() const { return !host.empty() || port != 0; }
  // For messages: as given, without the password.
  [[nodiscard]] std::string text() const;
};

// Kind::usage with the reason when it is none ("tcp://host: port is missing").
base::Result<Url> parse_url(std::string_view text);

}  // namespace net
