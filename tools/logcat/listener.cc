#include "tools/logcat/listener.h"

#include <algorithm>
#include <utility>

namespace logcat {
namespace {

using base::Level;
using base::Result;
using stream::Next;

constexpr std::size_t kBuffer = 256 << 10;  // what one connection may bring in its turn
constexpr base::Duration kHandshakeTime = std::chrono::seconds(30);

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                 ListenerOptions options, base::Report report) {
  std::unique_ptr<Listener> listener(new Listener(loop, std::move(options), std::move(report)));
  TRY(listener->connections_.listen(
      loop, urls, [self = listener.get()](net::Accepted accepted) { self->take(std::move(accepted)); }));
  return listener;
}

Listener::Listener(event::Loop& loop, ListenerOptions options, base::Report report)
    : loop_(loop),
      options_(std::move(options)),
      report_(report),
      connections_({{}, options_.max_message, options_.max_connections, options_.tls, options_.peers, options_.sockets},
                   std::move(report)),
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
  connections_.accept_waiting();
  connections_.stop_listening();
  waiting_.clear();
  for (const auto& [key, connection] : sessions_) {
    connection->take_no_more();
    waiting_.push_back(connection.get());
  }
}

void Listener::take(net::Accepted accepted) {
  const WireReader wire(options_.framing, options_.max_message);
  auto connection = std::make_unique<StreamSession>(loop_, std::move(accepted.transport), wire,
                                                    static_cast<StreamSession::Owner&>(*this));
  connection->sender = std::move(accepted.sender);
  if (accepted.tls || options_.idle_timeout > base::Duration::zero())
    connection->call_when_idle(time_limit(*connection));
  sessions_.emplace(connection.get(), std::move(connection));
  connections_.set_connections(sessions_.size());
}

// Zero: none.
base::Duration Listener::time_limit(const StreamSession& connection) const {
  const bool may_idle = options_.idle_timeout == base::Duration::zero();
  if (connection.greeted()) return options_.idle_timeout;
  return may_idle ? kHandshakeTime : std::min(kHandshakeTime, options_.idle_timeout);
}

void Listener::readable(StreamSession& connection) {
  if (!staged_.full()) return serve(connection);
  wait_for_room(connection);
}

void Listener::wait_for_room(StreamSession& connection) {
  connection.watch(false);
  waiting_.push_back(&connection);
}

// In the order in which they found no room, and before those that become readable next: nobody starves.
void Listener::serve_waiting() {
  for (std::size_t left = waiting_.size(); left > 0 && !staged_.full(); --left) {
    StreamSession& connection = *waiting_.front();
    waiting_.pop_front();
    if (!stopped_) connection.watch(true);
    serve(connection);
  }
}

void Listener::serve(StreamSession& connection) {
  const std::size_t before = staged_.batch().count();
  const auto open = connection.receive({buffer_.get(), kBuffer}, staged_.batch());
  messages_ += staged_.batch().count() - before;
  if (connection.sender && staged_.batch().count() > before) peer_log_.add(messages_, connection.sender);
  const bool too_much = !connections_.account(connection.accounted, connection.pending());
  if (open && *open && !too_much) {
    if (connection.has_more() || stopped_) wait_for_room(connection);
    return;
  }
  if (stopped_ && open && connection.pending() > 0) ++cut_off_;
  if (!open) connections_.report_damage(open.error());
  if (open && *open) connections_.report_unfinished(connection.peer());
  close(connection);
}

void Listener::idle(StreamSession& connection) {
  const base::Duration limit = time_limit(connection);
  if (limit == base::Duration::zero()) return;
  const base::Duration left = connection.last_received() + limit - base::now();
  if (!connection.watched()) return connection.call_when_idle(limit);  // it is us who make it wait
  if (left > base::Duration::zero()) return connection.call_when_idle(left);
  const std::size_t before = staged_.batch().count();
  if (const auto finished = connection.finish(staged_.batch()); !finished) connections_.report_damage(finished.error());
  messages_ += staged_.batch().count() - before;
  if (connection.sender) peer_log_.add(messages_, connection.sender);
  close(connection);
}

void Listener::close(StreamSession& connection) {
  connections_.report_split(connection.peer(), connection.split());
  connections_.account(connection.accounted, 0);
  sessions_.erase(&connection);
  connections_.set_connections(sessions_.size());
}

}  // namespace logcat
