// An HTTP/1.1 server: listeners, connections and their limits. What requests mean is its handler's business.
//
// Requests of a connection may be under way together; their answers go out in order. Bodies of requests are held whole,
// with one bound on all of them together. The body of an answer may come in pieces, for as long as it takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "http/body.h"
#include "http/request.h"
#include "http/request_reader.h"
#include "http/response.h"
#include "net/connections.h"
#include "net/goodbye.h"
#include "net/inherited.h"
#include "net/peer_log.h"
#include "net/tls.h"
#include "net/url.h"

namespace http {

class ServerConnection;

struct ServerOptions {
  RequestLimits limits = {};
  std::size_t max_connections = 1000;                         // further ones wait in the kernel's backlog
  std::size_t max_requests = 10'000;                          // taken and not answered; further ones get 503
  base::Duration idle_timeout = base::Duration::zero();       // of a client without a request; zero: never
  base::Duration request_timeout = std::chrono::seconds(30);  // for a head, and for every 64 KiB of a body: else 408
  std::shared_ptr<net::TlsContext> tls = {};                  // needed where a URL is https://
  std::shared_ptr<net::InheritedSockets> sockets = std::make_shared<net::InheritedSockets>();
  bool log_requests = false;  // a note for every answer
};

// A request that waits for its answer.
struct Exchange {
  std::uint64_t connection = 0;
  std::uint64_t number = 0;

  bool operator==(const Exchange&) const = default;
};

class Server {
 public:
  class Handler {
   public:
    // The head of a request has come: an answer instead of reading its body, or nothing. The connection ends then.
    virtual std::optional<Response> refuse(const Request& head) = 0;
    // A request has come whole. To be answered now or later. Called inside Loop::wait and resume().
    virtual void serve(Exchange exchange, Request request, std::shared_ptr<const net::Peer> sender) = 0;
    // There is room for what this request brings: else its body waits, and resume() makes it go on.
    [[nodiscard]] virtual bool has_room(const Request& head) const = 0;

   protected:
    ~Handler() = default;
  };

  static base::Result<std::unique_ptr<Server>> open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                    ServerOptions options, Handler& handler, base::Report report);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // False: the client is gone, or has an answer already.
  bool answer(const Exchange& exchange, const Response& response);

  // The same with a body that comes in pieces (http/body.h): pulled when the answers before it are out and the
  // connection takes more. It is destroyed after its end, and when the client is gone: one that sends no more counts as
  // gone. Such a request is answered: it is not among ServerOptions::max_requests, and its client is not idle.
  bool stream(const Exchange& exchange, const Response& head, std::unique_ptr<Body> body);
  // The body of this answer has more.
  void wake(const Exchange& exchange);

  // Bodies that had to wait are read as long as there is `room`, in the order in which they began to wait.
  void resume(const std::function<bool()>& room);

  // Listens no more and reads nothing more; what was taken is still answered. Bodies that come in pieces are told.
  void stop();
  // All that was answered is sent, as far as clients read it, and no body comes in pieces any more.
  [[nodiscard]] bool settled() const;

  base::Result<void> reload_certificates() { return arrivals_.reload_certificates(); }
  [[nodiscard]] std::vector<std::string> addresses() const { return arrivals_.addresses(); }
  // "connections: 3 now, 12 so far; 4 requests unanswered"
  [[nodiscard]] std::string state() const;

 private:
  friend class ServerConnection;

  Server(event::Loop& loop, ServerOptions options, Handler& handler, base::Report report);
  void take(net::Accepted accepted);
  void read(ServerConnection& connection);
  void feed(ServerConnection& connection, std::string_view input);
  void report_damage(const ServerConnection& connection, const std::string& why);
  bool judge(ServerConnection& connection);
  void take_request(ServerConnection& connection);
  void answered(ServerConnection& connection, std::uint64_t request, unsigned status);
  void send(ServerConnection& connection);
  void finish_reading(ServerConnection& connection);
  void overdue(ServerConnection& connection);
  void close(ServerConnection& connection);
  void go_on(ServerConnection& connection);
  void tend_to(std::uint64_t number);
  void tend();
  void log(const ServerConnection& connection, const std::string& request, unsigned status) const;
  [[nodiscard]] ServerConnection* find(std::uint64_t number) const;
  [[nodiscard]] std::string_view date();

  event::Loop& loop_;
  ServerOptions options_;
  Handler& handler_;
  base::Report report_;
  net::Connections arrivals_;
  std::unordered_map<std::uint64_t, std::unique_ptr<ServerConnection>> connections_;
  std::unordered_map<std::uint64_t, std::unique_ptr<net::Goodbye>> goodbyes_;
  std::vector<std::uint64_t> touched_;  // something was answered on them; looked at by tend()
  event::Timer wake_;
  std::unique_ptr<char[]> buffer_;
  std::size_t unanswered_ = 0;
  bool stopped_ = false;
  std::time_t dated_ = 0;
  std::string date_;  // of that second
};

}  // namespace http
