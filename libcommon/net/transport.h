// A connected stream socket, plain or TLS, behind one interface, so that its owner has one path of code.
//
// The owner watches fd() and drives: handshake() until it is done, then read_some() and write_some(). What would block
// is called again when fd() is readable (handshake, reading) or writable (writing, shutting down), but see
// wants_write(). Nothing here waits or has a time limit: slow handshakes are the owner's to end.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/io.h"
#include "base/result.h"
#include "net/tls.h"

namespace net {

class TlsSession;

class Transport {
 public:
  // Takes a connected, non-blocking socket. `name` is what errors call the peer: its URL or address. Without a context
  // it is plain; `host`, for a TLS client, is the one of the URL, which the certificate must be for.
  static base::Result<Transport> open(base::Fd fd, std::string name, const TlsContext* tls = nullptr,
                                      std::string_view host = {});
  Transport(Transport&&) noexcept;
  Transport& operator=(Transport&&) noexcept;
  ~Transport();

  // True: done, at once where it is plain. False: not yet. Errors: Kind::permission where one
  // side does not accept the other's certificate, Kind::protocol where the peer speaks something else, Kind::io.
  base::Result<bool> handshake();

  // As base::read_some: bytes, or end, or would_block. Fills what it can; with TLS something may be left inside for
  // which fd() does not become readable: while buffered() says so, call again without waiting. An end or an error comes
  // after all bytes before it.
  base::Result<base::Transfer> read_some(std::span<char> into);
  [[nodiscard]] bool buffered() const;

  // As base::write_some. After fewer bytes than given were taken, the next call must start with the rest, and have at
  // least as much of it: TLS may have encrypted it already.
  base::Result<base::Transfer> write_some(std::string_view bytes);

  // Nothing more will be written: a goodbye (close_notify), then FIN. Call it when write_some() took all. False: call
  // again when writable. Does not wait for the peer's own goodbye.
  base::Result<bool> shut_down();

  // After handshake() gave false or read_some() would block: it waits for fd() to become writable, not readable,
  // because TLS has something of its own to send. Never so for plain sockets.
  [[nodiscard]] bool wants_write() const;

  // How many of the bytes written through here are whole in the first `on_wire` bytes that the kernel was given,
  // counted from the socket's first byte on: for receipts by TCP's acknowledgements. A lower bound, exact for plain
  // sockets; for TLS clients only, 0 for servers, and 0 while not accepted().
  std::uint64_t acknowledged(std::uint64_t on_wire);

  // False: this is a TLS client that has written, or could, to a server that may yet refuse its certificate (so it is
  // with TLS 1.3). Becomes true with something the server says, or two seconds after the handshake.
  [[nodiscard]] bool accepted() const;

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::string& name() const { return name_; }
  // After the handshake: the name in the peer's certificate, where that was verified: the one that was expected, else
  // the first DNS name, else the common name. Otherwise empty.
  [[nodiscard]] std::string peer_identity() const;

 private:
  Transport(base::Fd fd, std::string name, std::unique_ptr<TlsSession> tls);

  base::Fd fd_;
  std::string name_;
  std::unique_ptr<TlsSession> tls_;  // none: plain
};

}  // namespace net
