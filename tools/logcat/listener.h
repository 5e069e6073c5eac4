// The source of stream listeners: messages of many connections, in the order each of them sent its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
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
#include "tools/logcat/staged.h"
#include "tools/logcat/stream_session.h"

namespace logcat {

struct ListenerOptions {
  std::optional<stream::Framing> framing = {};  // none: recognised frame by frame
  std::size_t max_message = stream::kDefaultMaxMessage;
  std::size_t max_connections = 1000;                    // further ones wait in the kernel's backlog
  base::Duration idle_timeout = base::Duration::zero();  // zero: never
  std::shared_ptr<net::TlsContext> tls = {};             // of tls: addresses
  bool peers = false;                                    // keep note of where messages come from: see peer()
  std::shared_ptr<net::InheritedSockets> sockets = std::make_shared<net::InheritedSockets>();
};

// A connection that breaks the framing is reported and closed; the others do not notice. While the sink is full,
// nothing is received: the peers feel it as TCP back pressure. Unfinished messages of all connections together are
// bounded too: the connection that would go over 16 MiB (or two messages, where --max-message is larger) is reported
// and closed.
class Listener final : public net::ListeningSource, private StreamSession::Owner {
 public:
  static base::Result<std::unique_ptr<Listener>> open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                      ListenerOptions options, base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t) override { return {}; }
  void stop() override;
  base::Result<void> reopen() override { return connections_.reload_certificates(); }
  [[nodiscard]] std::string state() const override { return connections_.state(); }

  // Known only with ListenerOptions::peers.
  const net::Peer* peer(std::uint64_t position) override { return peer_log_.of(position); }
  [[nodiscard]] std::vector<std::string> addresses() const override { return connections_.addresses(); }

 private:
  Listener(event::Loop& loop, ListenerOptions options, base::Report report);
  void take(net::Accepted accepted);
  void readable(StreamSession& session) override;
  void overdue(StreamSession& session) override;
  void serve(StreamSession& session);
  void note(const StreamSession& session, std::size_t count);
  void close(StreamSession& session);

  event::Loop& loop_;
  ListenerOptions options_;
  base::Report report_;
  net::Connections connections_;
  std::unordered_map<const StreamSession*, std::unique_ptr<StreamSession>> sessions_;
  std::unique_ptr<char[]> buffer_;
  Staged staged_;
  net::PeerLog peer_log_;
  std::uint64_t messages_ = 0;
  std::size_t cut_off_ = 0;  // connections that stop() found in the middle of a message
  bool stopped_ = false;
};

}  // namespace logcat
