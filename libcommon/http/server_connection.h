// One connection of a Server: what the socket gives goes into a Session, and what that answers goes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "http/body.h"
#include "http/session.h"
#include "net/connection.h"
#include "net/peer_log.h"

namespace http {

class Server;

class ServerConnection final : public net::Connection::Owner {
 public:
  ServerConnection(event::Loop& loop, net::Transport transport, Server& server, RequestLimits limits,
                   std::uint64_t number);

  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] Session& session() { return session_; }
  [[nodiscard]] const Session& session() const { return session_; }
  [[nodiscard]] net::Connection& socket() { return *socket_; }
  [[nodiscard]] const net::Connection& socket() const { return *socket_; }
  // The socket without its session: nothing of this may be called any more.
  [[nodiscard]] std::unique_ptr<net::Connection> release_socket() { return std::move(socket_); }

  // As much of what the session has to say as the socket takes, and of bodies that come in pieces a bounded part. True:
  // there is more of such a body, and others have their turn before.
  bool send();
  // From now on the answer to this request, which session().begin() has begun, comes from there.
  void stream(std::uint64_t request, std::unique_ptr<Body> body) { bodies_.emplace(request, std::move(body)); }
  // Bodies that come in pieces are under way.
  [[nodiscard]] bool streams() const { return !bodies_.empty(); }
  void stop_streams();
  // Answers wait for a client that does not read them, or very many requests for theirs: nothing more is read.
  [[nodiscard]] bool overloaded() const;
  // Nothing is left to do on it.
  [[nodiscard]] bool over() const;

  enum class Waits {
    no,
    for_room,     // with the head of a request that has come
    for_answers,  // before the next request
  };
  Waits waits = Waits::no;     // before more is read
  std::string unread;          // received, and not looked at for that reason
  bool ended = false;          // the client sends nothing more
  std::size_t unanswered = 0;  // requests
  std::uint64_t measured = 0;  // bytes received when the limit on time was last set
  std::shared_ptr<const net::Peer> sender;
  std::deque<std::pair<std::uint64_t, std::string>> summaries;  // of requests, for the log

  // Sets the limit on time that fits what the client is doing, where that has changed.
  void limit_time(base::Duration request_timeout, base::Duration idle_timeout);
  // The limit is over. True: the client is doing what it should, and the limit begins anew.
  bool renew_limit(base::Duration request_timeout);

 private:
  enum class Limit { none, request, idle };

  void readable() override;
  void writable() override;
  void overdue() override;
  bool pull();

  Server& server_;
  std::uint64_t number_;
  Session session_;
  std::unique_ptr<net::Connection> socket_;
  std::map<std::uint64_t, std::unique_ptr<Body>> bodies_;  // by request
  Limit limit_ = Limit::none;
};

}  // namespace http
