// The clients of a server: their connections, whose turn it is, and how much memory their unfinished requests may take
// together. What the requests do is its service's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "net/connections.h"
#include "net/url.h"
#include "tools/logbuf/server/client.h"

namespace logbuf {

struct ClientsOptions {
  codec::LogdLimits limits;
  std::size_t max_connections;
  base::Duration idle_timeout;  // zero: never
  std::shared_ptr<net::TlsContext> tls;
  std::shared_ptr<net::InheritedSockets> sockets;
};

// Of all connections since the start, those that are there now included.
struct Traffic {
  std::uint64_t connections = 0;
  std::uint64_t connection_errors = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

class Clients final : private Client::Owner {
 public:
  // Called inside Loop::wait, and by serve().
  class Service {
   public:
    // False: not now. It is asked again when the client is served again.
    virtual bool carry_out(Client& client, const codec::LogdRequest& request) = 0;
    // What came is no request. Nothing more is taken from this client.
    virtual void invalid_request(Client& client) = 0;
    // Gives the client more of the log, if that is what it asked for and the socket takes it.
    virtual void feed(Client& client) = 0;
    // Before those who wait have their turns.
    virtual void turn() = 0;
    // It is about to be destroyed.
    virtual void closed(Client& client) = 0;

    [[nodiscard]] virtual bool takes_requests(const Client& client) const = 0;
    // Requests are being carried out, which will make room.
    [[nodiscard]] virtual bool busy() const = 0;
    // The answers that clients wait for cannot come before others connect.
    [[nodiscard]] virtual bool needs_connections() const = 0;

   protected:
    ~Service() = default;
  };

  Clients(event::Loop& loop, ClientsOptions options, Service& service, const base::Report& report);
  // Sends what the sockets take, and says goodbye.
  virtual ~Clients();

  base::Result<void> listen(const std::vector<net::Url>& urls);
  void stop_listening() { connections_.stop_listening(); }
  // What takes_requests() says has changed.
  void hold();
  base::Result<void> reload_certificates() { return connections_.reload_certificates(); }

  // Carries out the requests that are there, as far as there is room for what they bring and for their answers. May
  // close the client, as settle() may.
  void serve(Client& client);
  // After anything that may have changed what the client waits for.
  void settle(Client& client);
  // The client goes on when others have had their turn.
  void call_again(Client& client);
  // Those that had to wait for others' memory may have it now.
  void call_starved();
  // A turn comes next, whether or not somebody waits for it.
  void start_turn() { turn_.start(base::Duration::zero()); }
  void close(Client& client);

  [[nodiscard]] const std::map<std::uint64_t, std::unique_ptr<Client>>& all() const { return clients_; }
  [[nodiscard]] Client* find(std::uint64_t number) const;  // null: it is gone
  [[nodiscard]] Traffic traffic() const;
  [[nodiscard]] std::vector<std::string> addresses() const { return connections_.addresses(); }
  [[nodiscard]] std::string state() const { return connections_.state(); }  // for people

 private:
  void take(net::Accepted accepted);
  void readable(Client& client) override;
  void writable(Client& client) override;
  void overdue(Client& client) override;
  void turn();
  bool starve(Client& client);
  [[nodiscard]] bool is_in_the_way(const Client& client) const;
  [[nodiscard]] bool is_oldest_unfinished(const Client& client) const;
  void end_patience();
  void damaged(Client& client, const base::Error& error);

  event::Loop& loop_;
  ClientsOptions options_;
  Service& service_;
  net::Connections connections_;
  std::map<std::uint64_t, std::unique_ptr<Client>> clients_;  // by number
  std::vector<std::uint64_t> starved_;                        // who wait until others need less memory
  event::Timer turn_;
  event::Timer patience_;
  Traffic traffic_;  // bytes: on connections that are closed
};

}  // namespace logbuf
