#include "net/connections.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/units.h"
#include "net/socket.h"
#include "stream/frame.h"

namespace net {
namespace {

using base::Level;
using base::Result;

constexpr std::size_t kUnfinished = 16 << 20;

}  // namespace

Connections::Connections(ConnectionsOptions options, base::Report report)
    : options_(std::move(options)), report_(report), throttle_(std::move(report)) {}

Result<void> Connections::listen(event::Loop& loop, const std::vector<Url>& urls, std::function<void(Accepted)> take) {
  take_ = std::move(take);
  acceptor_ = TRY(Acceptor::open(loop, urls, *options_.sockets, options_.max_connections, report_,
                                 [this](base::Fd fd, const Url& url) { arrive(std::move(fd), url); }));
  acceptor_->set_open(true);
  return {};
}

void Connections::arrive(base::Fd fd, const Url& url) {
  ++accepted_;
  std::string name = peer_address(fd.get());
  std::shared_ptr<const Peer> sender;
  if (options_.peers)
    sender = std::make_shared<const Peer>(url.is_network() ? peer_of(name, local_address(fd.get()), url.scheme)
                                                           : Peer{{}, 0, url.scheme});
  const bool tls = url.uses_tls();
  auto transport = Transport::open(std::move(fd), std::move(name), tls ? options_.tls.get() : nullptr);
  if (!transport) return report_damage(transport.error());
  set_count(count_ + 1);
  take_({accepted_, std::move(*transport), tls, std::move(sender)});
}

void Connections::set_count(std::size_t count) {
  count_ = count;
  if (acceptor_) acceptor_->set_open(count < options_.max_connections);
}

void Connections::forget(Connection& connection) {
  account(connection, 0);
  if (connection.waiting_) std::erase(waiting_, &connection);
  set_count(count_ - 1);
}

void Connections::wait_for_room(Connection& connection) {
  if (!connection.waiting_) waiting_.push_back(&connection);
  connection.wait(true);
}

void Connections::serve_waiting(const std::function<bool()>& room) {
  for (std::size_t left = waiting_.size(); left > 0 && !waiting_.empty() && room(); --left) {
    Connection& connection = *waiting_.front();
    waiting_.pop_front();
    connection.wait(false);
    connection.owner_->readable();
  }
}

bool Connections::account(Connection& connection, std::size_t held) {
  unfinished_ -= std::exchange(connection.accounted_, held);
  unfinished_ += held;
  return !crowded();
}

std::size_t Connections::most_unfinished() const {
  return std::max(kUnfinished, 2 * options_.max_message);
}

void Connections::report_damage(const base::Error& error) {
  ++damaged_;
  throttle_.report(Level::error, error.text() + "; the connection is closed", base::now());
}

void Connections::report_unfinished(const std::string& peer) {
  report_damage({base::Kind::temporary, receiving_from(peer),
                 "unfinished messages of all connections take more than " + base::format_bytes({kUnfinished})});
}

void Connections::report_split(const std::string& peer, std::uint64_t messages) {
  if (messages == 0) return;
  throttle_.report(Level::warning, receiving_from(peer) + ": " + stream::split_text(options_.max_message, messages),
                   base::now());
}

std::string Connections::receiving_from(const std::string& peer) const {
  return "receive " + (options_.protocol.empty() ? "" : options_.protocol + " ") + "from " + peer;
}

std::string Connections::state() const {
  std::string text = options_.protocol.empty() ? "" : options_.protocol + " ";
  text += "connections: " + std::to_string(count_) + " now";
  if (count_ >= options_.max_connections) text += " (all that --max-connections allows; others wait)";
  text += ", " + std::to_string(accepted_) + " so far";
  if (damaged_ > 0) text += ", " + std::to_string(damaged_) + " broken";
  return text;
}

Result<void> Connections::reload_certificates() {
  if (!options_.tls) return {};
  return options_.tls->reload();
}

}  // namespace net
