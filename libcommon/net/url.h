// Addresses of messages (logpipe(7), ADDRESSES): "-", PATH, file:PATH, unix:PATH, tcp://HOST:PORT, ...
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace net {

struct Url {
  std::string scheme = {};    // lower case; "file" for a bare path, "-" for stdin
  std::string user = {};      // decoded
  std::string password = {};  // decoded; never print it, use text()
  std::string host = {};      // decoded, without brackets; empty: none given
  std::uint16_t port = 0;
  std::string more_hosts = {};  // kafka: of the same cluster, as "b:9092,[::1]:9092", each with its port
  std::string path =
      {};  // file:, unix:, dir:, buf:, ring:, journal: the path as written, nothing decoded; empty only for ring: and
           // journal:, which have a default; network URLs: from the first '/', '?' or '#' after the authority, if any

  bool public_only = false;  // resolve() gives public addresses only: is_public()

  // Written with "://": everything but "-", files and sockets in the file system.
  [[nodiscard]] bool is_network() const;
  // What is spoken there is spoken through TLS: "tls", "relps", "https", ...
  [[nodiscard]] bool uses_tls() const;
  // NAME of tcp://fd=NAME, unix:fd=NAME and the like: a socket that the process was started with
  // (net/inherited.h). Empty for others.
  [[nodiscard]] std::string_view inherited_name() const;
  // For messages: as given, without the password.
  [[nodiscard]] std::string text() const;
};

// Kind::usage with the reason when it is none ("tcp://host: the port is missing"); passwords do not show in it.
//
// SCHEME: before a PATH is a scheme only where it is a known one (file, dir, buf, ring, journal, unix, unixgram): "a:b"
// is a path. SCHEME:// is always one: unknown schemes are parsed as far as the grammar goes, need no port, and are the
// tool's business. http, https, redis, rediss, postgresql, postgres, kafka, kafkas, amqp and amqps have their usual
// port when none is given.
base::Result<Url> parse_url(std::string_view text);

// As it stands before a port: IPv6 in brackets.
std::string bracketed(const std::string& host);

// All but unreserved characters (RFC 3986, section 2.3) as '%' and two hexadecimal digits.
std::string percent_encoded(std::string_view text);

// RFC 3986, section 2.1; nothing when a '%' is not followed by two hexadecimal digits, or hides a NUL.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace net
