#include "tools/logcat/relp_source.h"

#include <algorithm>
#include <utility>

#include "net/socket.h"
#include "net/transport.h"

namespace logcat {
namespace {

using base::Level;
using base::Result;
using stream::Next;

constexpr std::size_t kBuffer = 256 << 10;        // what one connection may bring in its turn
constexpr std::size_t kUnfinished = 16 << 20;     // of all connections
constexpr std::size_t kEnoughStaged = 512 << 10;  // reached: no more is received until some of it is handed out

// One frame may hold more than max_message, which is then cut as everywhere; but clients should not be turned away for
// what is usual, since they would only come back with the same message.
constexpr std::size_t kLeastMaxData = 1 << 20;
constexpr std::size_t kSlack = 64 << 10;

}  // namespace

Result<std::unique_ptr<RelpSource>> RelpSource::open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                     RelpSourceOptions options, base::Report report) {
  std::unique_ptr<RelpSource> source(new RelpSource(loop, std::move(options), report));
  const auto take = [self = source.get()](base::Fd fd, const net::Url& url) { self->take(std::move(fd), url); };
  source->acceptor_ = TRY(Acceptor::open(loop, urls, source->options_.max_connections, std::move(report), take));
  source->acceptor_->set_open(true);
  return source;
}

RelpSource::RelpSource(event::Loop& loop, RelpSourceOptions options, base::Report report)
    : loop_(loop),
      options_(std::move(options)),
      session_options_{.max_message = options_.max_message,
                       .max_data = std::max(options_.max_message, kLeastMaxData) + kSlack,
                       .software = "logpipe," LOGPIPE_VERSION},
      throttle_(std::move(report)),
      wake_(loop, [] {}),
      buffer_(std::make_unique_for_overwrite<char[]>(kBuffer)) {}

RelpSource::~RelpSource() {
  for (auto& [number, connection] : connections_) {
    connection->session().abandon();
    connection->send();
    connection->part();
  }
}

Result<Next> RelpSource::read(stream::Batch& batch, std::size_t limit) {
  serve_waiting();
  staged_.give(batch, limit);
  if (!staged_.empty()) return Next::more;
  if (stopped_) return Next::end;
  return waiting_.empty() ? Next::wait : Next::more;
}

Result<void> RelpSource::acknowledge(std::uint64_t count) {
  while (!unacknowledged_.empty()) {
    const Run& run = unacknowledged_.front();
    if (RelpConnection* connection = find(run.connection)) {
      connection->session().acknowledge(std::min(run.last, count));
      if (!std::exchange(connection->touched, true)) touched_.push_back(connection);
    }
    if (run.last > count) break;
    unacknowledged_.pop_front();
  }
  for (RelpConnection* connection : touched_) {
    connection->touched = false;
    send(*connection);
  }
  touched_.clear();
  return {};
}

bool RelpSource::reject(std::uint64_t position, std::string_view reason) {
  const auto run = std::ranges::lower_bound(unacknowledged_, position, {}, &Run::last);
  RelpConnection* connection = run == unacknowledged_.end() ? nullptr : find(run->connection);
  if (connection == nullptr || !connection->session().reject(position, reason)) return false;
  send(*connection);
  return true;
}

void RelpSource::stop() {
  if (std::exchange(stopped_, true)) return;
  acceptor_.reset();
  waiting_.clear();
  for (auto& [number, connection] : connections_) {
    connection->session().shut();
    touched_.push_back(connection.get());
  }
  for (RelpConnection* connection : touched_) send(*connection);
  touched_.clear();
}

std::string RelpSource::state() const {
  std::string text = "RELP connections: " + std::to_string(connections_.size()) + " now";
  if (connections_.size() >= options_.max_connections) text += " (all that --max-connections allows; others wait)";
  text += ", " + std::to_string(accepted_) + " so far";
  if (damaged_ > 0) text += ", " + std::to_string(damaged_) + " broken";
  std::size_t unanswered = 0;
  for (const auto& [number, connection] : connections_) unanswered += connection->session().unanswered();
  return text + "; " + std::to_string(unanswered) + " messages unanswered";
}

void RelpSource::take(base::Fd fd, const net::Url& url) {
  const std::uint64_t number = ++accepted_;
  std::string peer = net::peer_address(fd.get());
  Peer provenance = peer_of(peer, net::local_address(fd.get()), url.scheme);
  auto transport =
      net::Transport::open(std::move(fd), std::move(peer), url.scheme == "relps" ? options_.tls.get() : nullptr);
  if (!transport) return report_damage(transport.error());
  auto connection = std::make_unique<RelpConnection>(loop_, std::move(*transport), session_options_, number,
                                                     static_cast<RelpConnection::Owner&>(*this));
  if (options_.peers) connection->provenance = std::make_shared<const Peer>(std::move(provenance));
  const bool may_idle = options_.idle_timeout == base::Duration::zero();
  connection->call_after(may_idle ? options_.open_timeout : std::min(options_.open_timeout, options_.idle_timeout));
  connections_.emplace(number, std::move(connection));
  acceptor_->set_open(connections_.size() < options_.max_connections);
}

bool RelpSource::full() const {
  return staged_.bytes() >= kEnoughStaged;
}

void RelpSource::ready(RelpConnection& connection) {
  if (!full()) return serve(connection);
  queue(connection);
}

void RelpSource::queue(RelpConnection& connection) {
  connection.hold(true);
  waiting_.push_back(connection.number());
  wake_.start(base::Duration::zero());
}

// In the order in which they found no room, and before those that become readable next: nobody starves.
void RelpSource::serve_waiting() {
  for (std::size_t left = waiting_.size(); left > 0 && !full(); --left) {
    RelpConnection* connection = find(waiting_.front());
    waiting_.pop_front();
    if (connection == nullptr) continue;
    connection->hold(false);
    serve(*connection);
  }
}

void RelpSource::serve(RelpConnection& connection) {
  const std::size_t before = staged_.batch().count();
  const auto received = connection.receive({buffer_.get(), kBuffer}, staged_.batch(), taken_);
  if (const std::size_t count = staged_.batch().count() - before; count > 0) note(connection, count);
  if (!received) report_damage(received.error());
  account(connection);
  send(connection);
}

// Whose the messages just taken are.
void RelpSource::note(const RelpConnection& connection, std::size_t count) {
  taken_ += count;
  if (!unacknowledged_.empty() && unacknowledged_.back().connection == connection.number())
    unacknowledged_.back().last = taken_;
  else
    unacknowledged_.push_back({connection.number(), taken_});
  if (connection.provenance) provenance_.add(taken_, connection.provenance);
}

void RelpSource::writable(RelpConnection& connection) {
  send(connection);
}

void RelpSource::send(RelpConnection& connection) {
  connection.send();
  if (connection.over()) return close(connection);
  if (!stopped_ && connection.has_more()) queue(connection);
}

void RelpSource::account(RelpConnection& connection) {
  unfinished_ -= connection.accounted;
  connection.accounted = connection.session().pending();
  unfinished_ += connection.accounted;
  if (connection.accounted == 0 || unfinished_ <= std::max(kUnfinished, 2 * options_.max_message)) return;
  if (connection.session().closing()) return;
  report_damage({base::Kind::temporary, "receive RELP from " + connection.peer(),
                 "unfinished messages of all connections take more than " + base::format_bytes({kUnfinished})});
  connection.session().shut();
}

void RelpSource::overdue(RelpConnection& connection) {
  const bool open = connection.session().is_open();
  const base::Duration limit = open ? options_.idle_timeout : options_.open_timeout;
  if (limit == base::Duration::zero()) return;
  if (open && !connection.peers_turn()) return connection.call_after(limit);
  const base::Duration left = (open ? connection.last_moved() : connection.accepted()) + limit - base::now();
  if (left > base::Duration::zero()) return connection.call_after(left);
  if (!open)
    report_damage({base::Kind::protocol, "receive RELP from " + connection.peer(),
                   "no session was opened within " + base::format_duration(limit)});
  connection.session().shut();
  connection.send();
  close(connection);
}

void RelpSource::close(RelpConnection& connection) {
  if (connection.session().split() > 0)
    throttle_.report(
        Level::warning,
        "receive RELP from " + connection.peer() + ": messages over " + std::to_string(options_.max_message) +
            " bytes were cut into several: " + std::to_string(connection.session().split()) + "; see --max-message",
        base::now());
  connection.part();
  unfinished_ -= connection.accounted;
  connections_.erase(connection.number());
  if (acceptor_) acceptor_->set_open(true);
}

void RelpSource::report_damage(const base::Error& error) {
  ++damaged_;
  throttle_.report(Level::error, error.text() + "; the connection is closed", base::now());
}

RelpConnection* RelpSource::find(std::uint64_t number) const {
  const auto found = connections_.find(number);
  return found == connections_.end() ? nullptr : found->second.get();
}

}  // namespace logcat
