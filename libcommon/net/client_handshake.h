// From a connected socket to a link that messages can go through: the TLS handshake, where the URL wants one.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/fd.h"
#include "base/result.h"
#include "event/loop.h"
#include "net/acknowledgement.h"
#include "net/tls.h"
#include "net/transport.h"
#include "net/url.h"

namespace net {

struct Link {
  Transport transport;
  AckCounter counter;  // of what was on the wire, a handshake included
};

class ClientHandshake {
 public:
  // Called from within start() and the loop, one of them once for each start() that was not stopped.
  struct Events {
    std::function<void(Link)> done;
    std::function<void(const base::Error&)> failed;
  };

  // `tls` is for URLs that are tls:// or relps://. `timeout` is for the handshake; zero: none.
  ClientHandshake(event::Loop& loop, std::shared_ptr<TlsContext> tls, base::Duration timeout, Events events);

  // Takes a socket that is connected and has carried nothing yet.
  void start(base::Fd fd, const Url& url);
  void stop();

 private:
  base::Result<Link> open(base::Fd fd, const Url& url) const;
  void go_on();
  void timed_out();
  void fail(const base::Error& error);

  event::Loop& loop_;
  std::shared_ptr<TlsContext> tls_;
  base::Duration timeout_;
  Events events_;
  std::optional<Link> link_;
  std::optional<event::Io> ready_;
  event::Timer timer_;
};

}  // namespace net
