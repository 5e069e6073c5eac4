// Listening and connecting stream sockets. All descriptors are non-blocking and close-on-exec.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "net/url.h"

namespace net {

// tcp://HOST:PORT (no host: 127.0.0.1 and, where there is one, ::1) or unix:PATH (a stale socket is replaced, a live
// one is an error; mode 0666 less the umask). One descriptor per address. Port 0 takes a free port: see
// local_address().
base::Result<std::vector<base::Fd>> listen_stream(const Url& url);

// Removes the socket file of a unix: listener; nothing for others.
void unlink_listener(const Url& url);

// "127.0.0.1:514", "[::1]:514", or a unix path.
std::string local_address(int fd);
std::string peer_address(int fd);

// Candidates to connect to, in resolver order.
struct Address {
  int family = 0;
  std::string bytes;  // a sockaddr
  [[nodiscard]] std::string text() const;
};
base::Result<std::vector<Address>> resolve(const Url& url);

// Starts a connection: the descriptor becomes writable when it is decided; then ask connect_result().
base::Result<base::Fd> start_connect(const Address& address, const Url& url);
base::Result<void> connect_result(int fd, const Url& url);

// Bytes written that the peer's kernel has not acknowledged (SIOCOUTQ, tcp(7); for unix sockets: not yet read by the
// peer).
base::Result<std::size_t> unacknowledged_bytes(int fd);

}  // namespace net
