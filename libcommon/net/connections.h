// What all servers have in common, whatever is spoken on their connections: taking them in, one bound on the memory of
// all their unfinished messages, and what people are told about them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"
#include "net/acceptor.h"
#include "net/connection.h"
#include "net/inherited.h"
#include "net/peer_log.h"
#include "net/throttle.h"
#include "net/tls.h"
#include "net/transport.h"
#include "net/url.h"

namespace net {

struct ConnectionsOptions {
  std::string protocol;  // for people, where it has a name: "RELP"
  std::size_t max_message;
  std::size_t max_connections;      // further ones wait in the kernel's backlog
  std::shared_ptr<TlsContext> tls;  // needed where a URL's scheme is tls or relps
  bool peers;                       // keep note of where connections come from
  std::shared_ptr<InheritedSockets> sockets;
};

struct Accepted {
  std::uint64_t number;  // from 1 on
  Transport transport;
  bool tls;
  std::shared_ptr<const Peer> sender;  // with ConnectionsOptions::peers
};

class Connections {
 public:
  Connections(ConnectionsOptions options, base::Report report);

  // `take` is called inside Loop::wait with every connection.
  base::Result<void> listen(event::Loop& loop, const std::vector<Url>& urls, std::function<void(Accepted)> take);
  // Takes at once the connections that wait: their senders believe themselves connected.
  void accept_waiting() { acceptor_->accept_waiting(); }
  void stop_listening() { acceptor_.reset(); }

  // It is about to be closed: it is counted no longer, nor what it held, and does not wait for room any more.
  void forget(Connection& connection);

  // Of its unfinished message a connection holds so many bytes now. False: those of all together are too many (16 MiB,
  // or two messages where max_message is larger), and this one has to go.
  bool account(Connection& connection, std::size_t held);

  // They are, now.
  [[nodiscard]] bool crowded() const { return unfinished_ > most_unfinished(); }

  // There is no room for what it sends, or others have their turn first: nothing is received from it.
  void wait_for_room(Connection& connection);
  [[nodiscard]] bool anyone_waits() const { return !waiting_.empty(); }
  // They go on (Owner::readable) in the order in which they found no room, and before those that become readable next,
  // so that nobody starves; as long as there is `room`.
  void serve_waiting(const std::function<bool()>& room);

  // Diagnostics about connections that are being closed.
  void report_damage(const base::Error& error);
  void report_unfinished(const std::string& peer);
  void report_split(const std::string& peer, std::uint64_t messages);  // nothing where there are none

  // "connections: 3 now, 12 so far, 1 broken"
  [[nodiscard]] std::string state() const;

  // Reads certificates again, where there are any, for connections yet to come.
  base::Result<void> reload_certificates();

  // "tcp://127.0.0.1:43211", one for each socket; until stop_listening().
  [[nodiscard]] std::vector<std::string> addresses() const { return acceptor_->addresses(); }

 private:
  void arrive(base::Fd fd, const Url& url);
  void set_count(std::size_t count);
  [[nodiscard]] std::size_t most_unfinished() const;
  [[nodiscard]] std::string receiving_from(const std::string& peer) const;

  ConnectionsOptions options_;
  base::Report report_;
  Throttle throttle_;
  std::function<void(Accepted)> take_;
  std::unique_ptr<Acceptor> acceptor_;
  std::deque<Connection*> waiting_;
  std::size_t count_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t damaged_ = 0;
  std::size_t unfinished_ = 0;  // bytes, on all connections
};

}  // namespace net
