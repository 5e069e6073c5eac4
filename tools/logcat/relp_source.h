// The source of RELP listeners, relp:// and relps://. A client gets "200 OK" for a message when it
// is safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/report.h"
#include "base/units.h"
#include "event/loop.h"
#include "net/connections.h"
#include "net/inherited.h"
#include "net/listening_source.h"
#include "net/peer_log.h"
#include "net/tls.h"
#include "net/url.h"
#include "stream/frame.h"
#include "tools/logcat/relp_session.h"
#include "tools/logcat/staged.h"

namespace logcat {

struct RelpSourceOptions {
  std::size_t max_message = stream::kDefaultMaxMessage;
  std::size_t max_connections = 1000;                      // further ones wait in the kernel's backlog
  base::Duration idle_timeout = base::Duration::zero();    // of a client with nothing unanswered; zero: never
  base::Duration open_timeout = std::chrono::seconds(30);  // until a session is open
  std::shared_ptr<net::TlsContext> tls = {};               // needed where a URL is relps://
  bool peers = false;                                      // peer() will be asked for every message
  std::shared_ptr<net::InheritedSockets> sockets = std::make_shared<net::InheritedSockets>();
};

// A connection that breaks the protocol is reported, gets the answers that are still due, and is closed; the others do
// not notice. While the sink is full nothing is received. A client is not received from while it does not read its
// answers, or has very many messages unanswered. Unfinished messages of all connections together are bounded as those
// of Listener.
class RelpSource final : public net::ListeningSource, private RelpSession::Owner {
 public:
  static base::Result<std::unique_ptr<RelpSource>> open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                        RelpSourceOptions options, base::Report report);
  ~RelpSource() override;

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  void stop() override;
  base::Result<void> reopen() override { return connections_.reload_certificates(); }
  [[nodiscard]] std::string state() const override;

  // Known only with RelpSourceOptions::peers.
  const net::Peer* peer(std::uint64_t position) override { return peer_log_.of(position); }
  // The client is answered "500 REASON" at once.
  bool reject(std::uint64_t position, std::string_view reason) override;
  [[nodiscard]] std::vector<std::string> addresses() const override { return connections_.addresses(); }

 private:
  struct Run {  // messages one after the other that came from one connection
    std::uint64_t connection;
    std::uint64_t last;  // position
  };

  RelpSource(event::Loop& loop, RelpSourceOptions options, base::Report report);
  void take(net::Accepted accepted);
  void readable(RelpSession& session) override;
  void writable(RelpSession& session) override;
  void overdue(RelpSession& session) override;
  void serve(RelpSession& session);
  void note(const RelpSession& session, std::size_t count);
  void send(RelpSession& session);
  void account(RelpSession& session);
  void close(RelpSession& session);
  [[nodiscard]] RelpSession* find(std::uint64_t number) const;

  event::Loop& loop_;
  RelpSourceOptions options_;
  codec::RelpServerOptions session_options_;
  net::Connections connections_;
  std::unordered_map<std::uint64_t, std::unique_ptr<RelpSession>> sessions_;
  std::unique_ptr<char[]> buffer_;
  Staged staged_;
  std::uint64_t taken_ = 0;  // messages
  std::deque<Run> unacknowledged_;
  net::PeerLog peer_log_;
  std::vector<RelpSession*> touched_;  // kept for its capacity only
  bool stopped_ = false;
};

}  // namespace logcat
