#include "http/server_connection.h"

#include "http/server.h"

namespace http {
namespace {

constexpr std::uint64_t kLeastBody = 64 << 10;   // bytes that have to come within the limit of a request
constexpr std::size_t kStreamOutput = 16 << 10;  // bytes of a streamed body that wait for the socket

}  // namespace

ServerConnection::ServerConnection(event::Loop& loop, net::Transport transport, Server& server, RequestLimits limits,
                                   std::uint64_t number)
    : server_(server),
      number_(number),
      session_(limits),
      socket_(std::make_unique<net::Connection>(loop, std::move(transport), *this,
                                                net::Connection::Wording{.task = "receive HTTP from"})) {}

void ServerConnection::readable() {
  server_.read(*this);
}

void ServerConnection::writable() {
  server_.send(*this);
}

void ServerConnection::overdue() {
  server_.overdue(*this);
}

bool ServerConnection::send() {
  const bool more = pull();
  while (!session_.output().empty()) {
    const std::size_t sent = socket_->write(session_.output());
    if (sent == 0) return false;
    session_.sent(sent);
  }
  return more;
}

// True: that was not all that there is.
bool ServerConnection::pull() {
  while (const auto request = session_.streaming()) {
    if (session_.output().size() >= kStreamOutput) return true;
    std::string piece;
    const Body::Next next = bodies_.at(*request)->pull(piece, kStreamOutput - session_.output().size());
    session_.add(*request, piece);
    if (next == Body::Next::ready) return true;
    if (next == Body::Next::waiting) return false;
    session_.end(*request);
    bodies_.erase(*request);
  }
  return false;
}

void ServerConnection::stop_streams() {
  for (const auto& [request, body] : bodies_) body->stop();
}

bool ServerConnection::overloaded() const {
  constexpr std::size_t kMostUnanswered = 100;
  return session_.output().size() >= net::Connection::kMaxOutput || session_.unanswered() >= kMostUnanswered;
}

bool ServerConnection::over() const {
  return socket_->failed() || (session_.finished() && session_.output().empty());
}

void ServerConnection::limit_time(base::Duration request_timeout, base::Duration idle_timeout) {
  const bool fresh = socket_->bytes_received() == 0;
  const Limit wanted = session_.in_request() || fresh ? Limit::request : Limit::idle;
  if (wanted == limit_) return;
  limit_ = wanted;
  measured = socket_->bytes_received();
  if (wanted == Limit::request)
    socket_->set_deadline(request_timeout);
  else
    socket_->set_idle_limit(idle_timeout);
}

bool ServerConnection::renew_limit(base::Duration request_timeout) {
  if (limit_ == Limit::idle && session_.unanswered() == 0) return false;
  const bool moves = session_.in_body() && socket_->bytes_received() - measured >= kLeastBody;
  if (limit_ == Limit::request && waits != Waits::for_answers && !moves) return false;
  measured = socket_->bytes_received();
  socket_->set_deadline(request_timeout);
  return true;
}

}  // namespace http
