// Addresses of sockets: found for URLs, asked of descriptors, as text.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "net/url.h"

struct sockaddr;

namespace net {

struct Address {
  int family = 0;
  std::string bytes;  // a sockaddr
  [[nodiscard]] const sockaddr* raw() const;
  [[nodiscard]] unsigned length() const;
  [[nodiscard]] std::string text() const;
};

// Candidates to connect to, in resolver order; Kind::permission where none of them is public, and the URL wants such.
// Where the host is a name, this may take long: see net/lookup.h.
base::Result<std::vector<Address>> resolve(const Url& url);
// Anybody's on the internet may have it: not this host, a private network, a link, a group, or a form that stands for
// such an address.
bool is_public(const sockaddr* address);
// Not an address, nor a socket in the file system: a name, for which others may have to be asked.
bool has_name(const Url& url);
// All to listen on; without a host those of loopback.
base::Result<std::vector<Address>> resolve_for_listening(const Url& url);

// unix: and unixgram:.
bool is_unix(const Url& url);
// SOCK_STREAM, or SOCK_DGRAM for udp: and unixgram:.
int socket_type(const Url& url);

// The host of a socket address without its port: "192.0.2.1", "2001:db8::1"; empty for others.
std::string host_text(const sockaddr* address, std::size_t length);

// "127.0.0.1:514", "[::1]:514", or a unix path. A unix peer without a name is "PATH (process 4711)", by the listener's
// path.
std::string local_address(int fd);
std::string peer_address(int fd);

// This host's name, as messages carry it.
std::string local_hostname();

}  // namespace net
