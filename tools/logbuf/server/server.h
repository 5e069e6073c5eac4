// `logbuf serve`: a buffer over the network, by logd's text protocol (docs/protocol-logd.md).
//
// It is the source of what MSG brings; the sink beside it is the buffer, so that messages that come together share a
// commit, and MSG is answered when acknowledge() says that it is safe, and with sync_replicas, when so many replicas
// have it too. What READ and REPLICATE ask for is read from the buffer as the client's socket takes it.
//
// Its bodies are in server.cc, requests.cc and replica_requests.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "net/inherited.h"
#include "net/tls.h"
#include "net/url.h"
#include "stream/flow.h"
#include "tools/logbuf/changes.h"
#include "tools/logbuf/server/clients.h"
#include "tools/logbuf/server/pending_answers.h"
#include "tools/logbuf/server/replicas.h"
#include "tools/logbuf/server/role.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

struct ServerOptions {
  codec::LogdLimits limits;
  std::size_t max_connections = 1000;
  base::Duration idle_timeout = base::Duration::zero();  // zero: never
  std::uint64_t sync_replicas = 0;
  std::vector<net::Url> peers = {};  // a master takes messages only when none of them is ahead
  net::LogdOptions peer_session = {};
  bool allow_shutdown = false;
  bool pong = false;  // PING is answered with PONG
  std::shared_ptr<net::TlsContext> tls = {};
  std::shared_ptr<net::InheritedSockets> sockets = std::make_shared<net::InheritedSockets>();
};

// What STATS tells of requests, since the start.
struct ServerCounters {
  std::uint64_t command_errors = 0;
  std::uint64_t reads = 0;
  std::uint64_t subscriptions = 0;  // READ and REPLICATE without an end
  std::uint64_t writes = 0;         // messages
};

class Server final : public stream::Source, private Clients::Service {
 public:
  static base::Result<std::unique_ptr<Server>> open(event::Loop& loop, Buffer& buffer,
                                                    const std::vector<net::Url>& urls, ServerOptions options,
                                                    base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  void stop() override;
  base::Result<void> reopen() override;
  [[nodiscard]] std::string state() const override;

  // What became of the next messages that read() gave: see BufferSinkOptions.
  void stored(const Appended& appended);
  void refused(std::size_t count, const base::Error& error);

  // "tcp://127.0.0.1:43211", one for each socket.
  [[nodiscard]] std::vector<std::string> addresses() const { return clients_.addresses(); }

 private:
  Server(event::Loop& loop, Buffer& buffer, ServerOptions options, base::Report report);

  // Clients::Service
  bool carry_out(Client& client, const codec::LogdRequest& request) override;
  void invalid_request(Client& client) override;
  void feed(Client& client) override;
  void turn() override;
  void closed(Client& client) override;
  [[nodiscard]] bool takes_requests(const Client& client) const override;
  [[nodiscard]] bool busy() const override { return !answers_.empty() || !staged_.empty(); }
  [[nodiscard]] bool needs_connections() const override { return !replicas_.enough(); }

  void changed();
  void role_changed();
  void send_answers();
  void send_answers_soon();
  [[nodiscard]] bool may_be_answered() const;
  [[nodiscard]] std::size_t share() const;

  // requests.cc. False: not now; it is asked again later.
  bool message(Client& client, const codec::LogdRequest& request);
  [[nodiscard]] std::string refusal_of(const codec::LogdRequest& request);
  void read_log(Client& client, const codec::LogdRequest& request);
  void head(Client& client);
  void stats(Client& client);
  void shut_down(Client& client);
  void reject(Client& client, std::string_view line);
  void fail(Client& client, const base::Error& error);
  [[nodiscard]] base::Result<std::string> statistics() const;

  // replica_requests.cc
  void replicate(Client& client, const codec::LogdRequest& arguments);
  void acknowledge_copy(Client& client, const codec::LogdRequest& request);
  void refuse(Client& client, const codec::LogdRequest& request);
  void accept(Client& client, const codec::LogdRequest& request);
  void close_all(const std::vector<std::uint64_t>& clients);

  Buffer& buffer_;
  ServerOptions options_;
  base::Report report_;
  Role role_;
  Replicas replicas_;
  PendingAnswers answers_;
  Clients clients_;
  std::unique_ptr<Changes> changes_;
  std::vector<std::uint64_t> blocked_;  // clients that wait until staged_ has room
  stream::Batch staged_;                // taken from clients, not yet given to the pump
  ServerCounters counters_;
  std::optional<base::Error> failure_;
  bool answers_due_ = false;  // more of them may have become true
  bool failing_ = false;      // the last append failed
  bool stopped_ = false;
};

}  // namespace logbuf
