// The way to a connection, for the sinks that need one: a server that answers, TLS where its URL wants it, and what
// people are told meanwhile: one warning per outage, and one note when it is over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "net/client_handshake.h"
#include "net/connector.h"
#include "net/tls.h"
#include "net/url.h"

namespace net {

struct DialOptions {
  base::Duration connect_timeout = std::chrono::seconds(10);  // for one address; as much again for its TLS handshake
  std::optional<base::Duration> keepalive = {};               // as set_keepalive; none: the system's own
  std::shared_ptr<TlsContext> tls = {};                       // needed where a URL is tls:// or relps://
  std::uint64_t seed = 0;                                     // for the jitter between attempts
};

class Dialer {
 public:
  struct Events {
    std::function<void(Link)> connected;   // from within the calls below and the loop
    std::function<std::size_t()> waiting;  // how many messages wait for a connection
  };

  // `urls` is not empty.
  Dialer(event::Loop& loop, std::vector<Url> urls, DialOptions options, base::Report report, Events events);

  // As those of Connector.
  void start();
  void restart();
  void proceed();
  void hurry();
  void stop();
  void succeeded();

  // Nothing is to be sent, so that no connection is needed until wake().
  void rest();
  void wake();

  // SIGHUP: certificates that cannot be read are reported, and those before stay in use.
  void reload_certificates();

  // An attempt or a connection failed; the rest of an outage would only repeat itself. True: people were told.
  bool warn(const std::string& text);
  // Whatever they know of the outage.
  void warn_again(const std::string& text);
  // The connection to `peer` works.
  void recovered(const std::string& peer);

  // Since when it has looked for a connection that is of use; nothing: there is one, or none is needed.
  [[nodiscard]] std::optional<base::Instant> away_since() const { return away_since_; }

  // For a sink that gives up: "2 messages were not `done` within 10 s; run again".
  [[nodiscard]] base::Error undelivered(const std::string& done, base::Duration within) const;
  // While there is no connection.
  [[nodiscard]] std::string state() const;

 private:
  void take(base::Fd fd, const Url& url);
  void connected(Link link);
  void look();

  std::vector<Url> urls_;
  DialOptions options_;
  base::Report report_;
  Events events_;
  Connector connector_;
  ClientHandshake handshake_;
  std::optional<base::Instant> away_since_;
  bool resting_ = false;
  bool outage_ = false;  // and people have been told
};

}  // namespace net
