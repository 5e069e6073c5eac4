// `logbuf serve`: a buffer over the network, by logd's text protocol (docs/protocol-logd.md).
//
// It is the source of what MSG brings; the sink beside it is the buffer, so that messages that come together share a
// commit, and MSG is answered when acknowledge() says that it is safe, and with sync_replicas, when so many replicas
// have it too. What READ and REPLICATE ask for is read from the buffer as the client's socket takes it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/report.h"
#include "event/loop.h"
#include "net/connections.h"
#include "net/inherited.h"
#include "net/tls.h"
#include "net/url.h"
#include "stream/flow.h"
#include "tools/logbuf/changes.h"
#include "tools/logbuf/server/client.h"
#include "tools/logbuf/server/peer.h"
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

// What STATS tells, since the start.
struct ServerCounters {
  std::uint64_t command_errors = 0;
  std::uint64_t connection_errors = 0;
  std::uint64_t bytes_read = 0;  // on connections that are closed
  std::uint64_t bytes_written = 0;
  std::uint64_t connections = 0;
  std::uint64_t reads = 0;
  std::uint64_t subscriptions = 0;  // READ and REPLICATE without an end
  std::uint64_t writes = 0;         // messages
};

class Server final : public stream::Source, private Client::Owner {
 public:
  static base::Result<std::unique_ptr<Server>> open(event::Loop& loop, Buffer& buffer,
                                                    const std::vector<net::Url>& urls, ServerOptions options,
                                                    base::Report report);
  ~Server() override;

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  void stop() override;
  base::Result<void> reopen() override;
  [[nodiscard]] std::string state() const override;

  // What became of the next messages that read() gave: see BufferSinkOptions.
  void stored(const Appended& appended);
  void refused(std::size_t count, const base::Error& error);

  // "tcp://127.0.0.1:43211", one for each socket.
  [[nodiscard]] std::vector<std::string> addresses() const { return connections_.addresses(); }

 private:
  // A MSG request, by the position of its last message among all that read() gives.
  struct Unanswered {
    std::uint64_t client;
    std::uint64_t last;
  };
  enum class Fence { if_behind, always };
  // One append: messages after those of the one before, up to `last`, have consecutive ids up to last_id, or an error
  // is the answer.
  struct Stored {
    std::uint64_t last;
    std::uint64_t last_id;
    std::string error;
    [[nodiscard]] std::uint64_t id_of(std::uint64_t position) const { return last_id - (last - position); }
  };

  Server(event::Loop& loop, Buffer& buffer, ServerOptions options, base::Report report);
  void ask_peers();
  void take(net::Accepted accepted);
  void readable(Client& client) override;
  void writable(Client& client) override;
  void idle(Client& client) override;
  void serve(Client& client);
  void turn();
  void call_again(Client& client);
  bool starve(Client& client);
  [[nodiscard]] static bool is_full(const Client& client);
  [[nodiscard]] bool is_in_the_way(const Client& client) const;
  [[nodiscard]] bool under_way() const;
  [[nodiscard]] bool is_oldest_unfinished(const Client& client) const;
  void end_patience();
  void call_starved();
  void settle(Client& client);
  void close(Client& client);
  void damaged(Client& client, const base::Error& error);
  [[nodiscard]] Client* find(std::uint64_t number) const;

  // requests.cc. False: not now; it is asked again later.
  bool carry_out(Client& client, const codec::LogdRequest& request);
  bool message(Client& client, const codec::LogdRequest& request);
  [[nodiscard]] std::string refusal_of(const codec::LogdRequest& request);
  void read_log(Client& client, const codec::LogdRequest& request);
  void head(Client& client);
  void stats(Client& client);
  void shut_down(Client& client);
  void reject(Client& client, std::string_view line);
  void fail(Client& client, const base::Error& error);
  [[nodiscard]] base::Result<std::string> statistics() const;

  // replicas.cc
  void replicate(Client& client, const codec::LogdRequest& arguments);
  void acknowledge_copy(Client& client, const codec::LogdRequest& request);
  void confirmed(const Client& client);
  void note_replicas();
  [[nodiscard]] std::uint64_t confirmed_by_replicas() const;
  [[nodiscard]] bool has_replicas() const;
  [[nodiscard]] bool may_be_answered() const;
  void close_replicas(const std::function<bool(const Replica&)>& which);
  void refuse(Client& client, const codec::LogdRequest& request);
  void accept(Client& client, const codec::LogdRequest& request);
  void close_older(const std::string& name, const std::string& peer);
  base::Result<void> fence(std::uint64_t epoch, const std::string& who, Fence when);
  base::Result<void> look_at_mastership();
  base::Result<void> judge(const Peer& peer, const PeerState& said);
  [[nodiscard]] const Peer* awaited_peer() const;
  [[nodiscard]] bool takes_messages() const { return mastership_.accepts && awaited_peer() == nullptr; }
  [[nodiscard]] std::string why_refused() const;
  [[nodiscard]] std::string read_only() const;

  // answers.cc
  void answer_safe();
  void answer(const Unanswered& request, const Stored& stored);
  void decided(std::size_t count, std::uint64_t last_id, std::string error);
  void forget_unneeded();
  void changed();
  [[nodiscard]] std::size_t share() const;
  void feed(Client& client);
  base::Result<bool> feed_some(Client& client, Reading& reading);

  event::Loop& loop_;
  Buffer& buffer_;
  ServerOptions options_;
  base::Report report_;
  net::Connections connections_;
  std::unique_ptr<Changes> changes_;
  Mastership mastership_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::map<std::uint64_t, std::unique_ptr<Client>> clients_;
  std::deque<std::uint64_t> waiting_;   // clients whose turn is next
  std::vector<std::uint64_t> blocked_;  // clients that wait until staged_ has room
  std::vector<std::uint64_t> starved_;  // clients that wait until others need less memory
  event::Timer turn_;
  event::Timer note_;
  event::Timer patience_;
  stream::Batch staged_;            // taken from clients, not yet given to the pump
  std::uint64_t taken_ = 0;         // messages, staged ones included
  std::uint64_t stored_count_ = 0;  // of these, what is decided
  std::uint64_t safe_ = 0;
  std::deque<Unanswered> unanswered_;
  std::deque<Stored> stored_;
  std::vector<ReplicaNote> notes_;  // not yet in the buffer
  ServerCounters counters_;
  std::optional<base::Error> failure_;
  bool answers_due_ = false;  // a replica has confirmed more
  bool failing_ = false;      // the last append failed
  bool accepted_ = false;     // somebody has decided by ACCEPT that this is the master, whoever of its peers is away
  bool told_of_copies_ = false;
  bool stopped_ = false;
};

}  // namespace logbuf
