// Listening and connecting sockets: streams, and datagrams for udp: and unixgram:. All descriptors are non-blocking and
// close-on-exec.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "base/units.h"
#include "net/address.h"
#include "net/url.h"

namespace net {

// tcp://HOST:PORT and the like (no host: 127.0.0.1 and, where there is one, ::1; [::] takes IPv4 as well), unix:PATH or
// unixgram:PATH (a stale socket is replaced, a live one is an error; mode 0666 less the umask). One descriptor per
// address. Port 0 takes a free port, the same for all addresses: see local_address().
base::Result<std::vector<base::Fd>> open_listeners(const Url& url);

// The next connection that waits; an empty Fd where none does. What is written on it does not wait for the
// acknowledgement of what was written before (TCP_NODELAY), as with start_connect(). Error::code tells EMFILE, ENFILE,
// ENOBUFS and ENOMEM, which pass, from what does not.
base::Result<base::Fd> accept_stream(int listener, const Url& url);

// Removes the socket file of a unix: listener; nothing for others.
void unlink_listener(const Url& url);

// Starts a connection: the descriptor becomes writable when it is decided; then ask connect_result().
base::Result<base::Fd> start_connect(const Address& address, const Url& url);
base::Result<void> connect_result(int fd, const Url& url);

// TCP: ask a peer that has been silent for `idle` (whole seconds, up to 32767) whether it still lives, and end the
// connection when three questions, a third of that apart, stay without an answer. Zero: never ask. Without this call
// the system's own times hold. Nothing for other sockets.
base::Result<void> set_keepalive(int fd, base::Duration idle);

// Bytes written that the peer's kernel has not acknowledged (SIOCOUTQ, tcp(7)); after a shutdown for writing one more,
// until that is acknowledged. For unix sockets: not yet read by the peer, counted with the kernel's overhead, so that
// only 0 is exact.
base::Result<std::size_t> unacknowledged_bytes(int fd);

}  // namespace net
