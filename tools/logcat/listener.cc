#include "tools/logcat/listener.h"

#include <algorithm>
#include <utility>

#include "net/socket.h"
#include "net/transport.h"

namespace logcat {
namespace {

using base::Level;
using base::Result;
using stream::Next;

constexpr std::size_t kBuffer = 256 << 10;     // what one connection may bring in its turn
constexpr std::size_t kUnfinished = 16 << 20;  // of all connections
constexpr base::Duration kHandshakeTime = std::chrono::seconds(30);
constexpr std::size_t kEnoughStaged = 512 << 10;  // reached: no more is received until some of it is handed out

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                 ListenerOptions options, base::Report report) {
  std::unique_ptr<Listener> listener(new Listener(loop, options, report));
  const auto take = [self = listener.get()](base::Fd fd, const net::Url& url) { self->take(std::move(fd), url); };
  listener->acceptor_ = TRY(Acceptor::open(loop, urls, options.max_connections, std::move(report), take));
  listener->acceptor_->set_open(true);
  return listener;
}

Listener::Listener(event::Loop& loop, ListenerOptions options, base::Report report)
    : loop_(loop),
      options_(options),
      report_(report),
      throttle_(std::move(report)),
      buffer_(std::make_unique_for_overwrite<char[]>(kBuffer)) {}

Result<Next> Listener::read(stream::Batch& batch, std::size_t limit) {
  serve_waiting();
  staged_.give(batch, limit);
  if (!staged_.empty()) return Next::more;
  if (!waiting_.empty()) return Next::more;
  if (!stopped_) return Next::wait;
  if (cut_off_ > 0)
    report_(Level::warning, "stop receiving: connections in the middle of a message, which was not passed on: " +
                                std::to_string(cut_off_));
  cut_off_ = 0;
  return Next::end;
}

// What the kernel has of a message its sender takes for delivered: it is still received, and nothing that comes later.
void Listener::stop() {
  if (std::exchange(stopped_, true)) return;
  acceptor_->accept_waiting();
  acceptor_.reset();
  waiting_.clear();
  for (const auto& [key, connection] : connections_) {
    connection->take_no_more();
    waiting_.push_back(connection.get());
  }
}

std::string Listener::state() const {
  std::string text = "connections: " + std::to_string(connections_.size()) + " now";
  if (connections_.size() >= options_.max_connections) text += " (all that --max-connections allows; others wait)";
  text += ", " + std::to_string(accepted_) + " so far";
  if (damaged_ > 0) text += ", " + std::to_string(damaged_) + " broken";
  return text;
}

void Listener::take(base::Fd fd, const net::Url& url) {
  ++accepted_;
  std::string name = net::peer_address(fd.get());
  Peer peer = url.is_network() ? peer_of(name, net::local_address(fd.get()), url.scheme) : Peer{{}, 0, url.scheme};
  const bool tls = url.scheme == "tls";
  auto transport = net::Transport::open(std::move(fd), std::move(name), tls ? options_.tls.get() : nullptr);
  if (!transport) return report_damage(transport.error());
  const WireReader wire(options_.framing, options_.max_message);
  auto connection =
      std::make_unique<Connection>(loop_, std::move(*transport), wire, static_cast<Connection::Owner&>(*this));
  if (options_.peers) connection->provenance = std::make_shared<const Peer>(std::move(peer));
  if (tls || options_.idle_timeout > base::Duration::zero()) connection->call_when_idle(time_limit(*connection));
  connections_.emplace(connection.get(), std::move(connection));
  acceptor_->set_open(connections_.size() < options_.max_connections);
}

// Zero: none.
base::Duration Listener::time_limit(const Connection& connection) const {
  const bool may_idle = options_.idle_timeout == base::Duration::zero();
  if (connection.greeted()) return options_.idle_timeout;
  return may_idle ? kHandshakeTime : std::min(kHandshakeTime, options_.idle_timeout);
}

bool Listener::full() const {
  return staged_.bytes() >= kEnoughStaged;
}

void Listener::readable(Connection& connection) {
  if (!full()) return serve(connection);
  wait_for_room(connection);
}

void Listener::wait_for_room(Connection& connection) {
  connection.watch(false);
  waiting_.push_back(&connection);
}

// In the order in which they found no room, and before those that become readable next: nobody starves.
void Listener::serve_waiting() {
  for (std::size_t left = waiting_.size(); left > 0 && !full(); --left) {
    Connection& connection = *waiting_.front();
    waiting_.pop_front();
    if (!stopped_) connection.watch(true);
    serve(connection);
  }
}

void Listener::serve(Connection& connection) {
  const std::size_t before = staged_.batch().count();
  const auto open = connection.receive({buffer_.get(), kBuffer}, staged_.batch());
  messages_ += staged_.batch().count() - before;
  if (connection.provenance && staged_.batch().count() > before) provenance_.add(messages_, connection.provenance);
  account(connection);
  const bool too_much = unfinished_ > std::max(kUnfinished, 2 * options_.max_message);
  if (open && *open && !too_much) {
    if (connection.has_more() || stopped_) wait_for_room(connection);
    return;
  }
  if (stopped_ && open && connection.pending() > 0) ++cut_off_;
  if (!open) report_damage(open.error());
  if (open && *open && too_much)
    report_damage({base::Kind::temporary, "receive from " + connection.peer(),
                   "unfinished messages of all connections take more than " + base::format_bytes({kUnfinished})});
  close(connection);
}

void Listener::account(Connection& connection) {
  unfinished_ -= connection.accounted;
  connection.accounted = connection.pending();
  unfinished_ += connection.accounted;
}

void Listener::idle(Connection& connection) {
  const base::Duration limit = time_limit(connection);
  if (limit == base::Duration::zero()) return;
  const base::Duration left = connection.last_received() + limit - base::now();
  if (!connection.watched()) return connection.call_when_idle(limit);  // it is us who make it wait
  if (left > base::Duration::zero()) return connection.call_when_idle(left);
  const std::size_t before = staged_.batch().count();
  if (const auto finished = connection.finish(staged_.batch()); !finished) report_damage(finished.error());
  messages_ += staged_.batch().count() - before;
  if (connection.provenance) provenance_.add(messages_, connection.provenance);
  close(connection);
}

void Listener::close(Connection& connection) {
  if (connection.split() > 0)
    throttle_.report(Level::warning,
                     "receive from " + connection.peer() + ": messages over " + std::to_string(options_.max_message) +
                         " bytes were cut into several: " + std::to_string(connection.split()) + "; see --max-message",
                     base::now());
  unfinished_ -= connection.accounted;
  connections_.erase(&connection);
  if (acceptor_) acceptor_->set_open(true);
}

void Listener::report_damage(const base::Error& error) {
  ++damaged_;
  throttle_.report(Level::error, error.text() + "; the connection is closed", base::now());
}

}  // namespace logcat
