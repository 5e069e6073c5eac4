// The way to the server that has the queue: the addresses that were given, and where a cluster (MOVED, ASK) or a
// Sentinel points to.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "net/client_handshake.h"
#include "net/connector.h"
#include "net/tls.h"
#include "redis/address.h"
#include "redis/plain_probe.h"

namespace redis {

class Route {
 public:
  enum class Target { server, sentinel };
  struct Options {
    base::Duration connect_timeout;
    std::shared_ptr<net::TlsContext> tls;
    std::uint64_t seed;
  };
  // Called from the loop.
  struct Events {
    std::function<void(net::Link, Target)> connected;
    std::function<void(const base::Error&)> failed;  // one attempt of many
  };

  Route(event::Loop& loop, const Address& address, Options options, Events events);

  void start();
  void again();                         // after a pause: the connection was lost, or is no good for now
  void next();                          // what was connected does not help: the next
  void hurry() { connector_.hurry(); }  // cut a pause short
  // A Sentinel's answer or MOVED, and with `once` ASK: true for this one connection only.
  void follow(net::Url direction, bool once);

  // What was connected has proved useful.
  void succeeded();

  // The connection was made by an ASK, so that ASKING must stand before each command.
  [[nodiscard]] bool asking() const { return asking_; }
  // The server that was connected last.
  [[nodiscard]] const net::Url& current() const { return current_; }
  // All addresses failed, and it waits before trying them again.
  [[nodiscard]] bool pausing() const { return connector_.pausing(); }
  [[nodiscard]] std::string state() const { return connector_.state(); }

 private:
  void connected(base::Fd fd, const net::Url& url);
  void stop_handshake();
  void failed(const base::Error& error);
  void handshake_failed(const base::Error& error);
  [[nodiscard]] std::vector<net::Url> candidates() const;

  const std::vector<net::Url> given_;
  const bool sentinels_;  // given_ are some
  Events events_;
  std::optional<net::Url> direction_;  // the master, or whose slot it is
  std::optional<net::Url> once_;
  bool fresh_ = false;  // nothing has failed since direction_ was learnt
  bool asking_ = false;
  unsigned follows_ = 0;  // since the last success
  net::Url current_;
  net::Connector connector_;
  net::ClientHandshake handshake_;
  PlainProbe plain_probe_;  // while a TLS handshake gets no answer
  Target target_ = Target::server;
};

}  // namespace redis
