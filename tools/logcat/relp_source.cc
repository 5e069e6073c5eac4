#include "tools/logcat/relp_source.h"

#include "base/units.h"

#include <algorithm>
#include <utility>

namespace logcat {
namespace {

using base::Result;
using stream::Next;

constexpr std::size_t kBuffer = 256 << 10;  // what one connection may bring in its turn

}  // namespace

Result<std::unique_ptr<RelpSource>> RelpSource::open(event::Loop& loop, const std::vector<net::Url>& urls,
                                                     RelpSourceOptions options, base::Report report) {
  std::unique_ptr<RelpSource> source(new RelpSource(loop, std::move(options), std::move(report)));
  TRY(source->connections_.listen(loop, urls,
                                  [self = source.get()](net::Accepted accepted) { self->take(std::move(accepted)); }));
  return source;
}

RelpSource::RelpSource(event::Loop& loop, RelpSourceOptions options, base::Report report)
    : loop_(loop),
      options_(std::move(options)),
      session_options_{.max_message = options_.max_message, .software = "logpipe," LOGPIPE_VERSION},
      connections_(
          {"RELP", options_.max_message, options_.max_connections, options_.tls, options_.peers, options_.sockets},
          std::move(report)),
      wake_(loop, [] {}),
      buffer_(std::make_unique_for_overwrite<char[]>(kBuffer)) {}

RelpSource::~RelpSource() {
  for (auto& [number, connection] : sessions_) {
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
    if (RelpSession* connection = find(run.connection)) {
      connection->session().acknowledge(std::min(run.last, count));
      if (!std::exchange(connection->touched, true)) touched_.push_back(connection);
    }
    if (run.last > count) break;
    unacknowledged_.pop_front();
  }
  for (RelpSession* connection : touched_) {
    connection->touched = false;
    send(*connection);
  }
  touched_.clear();
  return {};
}

bool RelpSource::reject(std::uint64_t position, std::string_view reason) {
  const auto run = std::ranges::lower_bound(unacknowledged_, position, {}, &Run::last);
  RelpSession* connection = run == unacknowledged_.end() ? nullptr : find(run->connection);
  if (connection == nullptr || !connection->session().reject(position, reason)) return false;
  send(*connection);
  return true;
}

void RelpSource::stop() {
  if (std::exchange(stopped_, true)) return;
  connections_.stop_listening();
  waiting_.clear();
  for (auto& [number, connection] : sessions_) {
    connection->session().shut();
    touched_.push_back(connection.get());
  }
  for (RelpSession* connection : touched_) send(*connection);
  touched_.clear();
}

std::string RelpSource::state() const {
  std::size_t unanswered = 0;
  for (const auto& [number, connection] : sessions_) unanswered += connection->session().unanswered();
  return connections_.state() + "; " + base::count_of(unanswered, "message") + " unanswered";
}

void RelpSource::take(net::Accepted accepted) {
  auto connection = std::make_unique<RelpSession>(loop_, std::move(accepted.transport), session_options_,
                                                  accepted.number, static_cast<RelpSession::Owner&>(*this));
  connection->sender = std::move(accepted.sender);
  const bool may_idle = options_.idle_timeout == base::Duration::zero();
  connection->call_after(may_idle ? options_.open_timeout : std::min(options_.open_timeout, options_.idle_timeout));
  sessions_.emplace(accepted.number, std::move(connection));
  connections_.set_connections(sessions_.size());
}

void RelpSource::ready(RelpSession& connection) {
  if (!staged_.full()) return serve(connection);
  queue(connection);
}

void RelpSource::queue(RelpSession& connection) {
  connection.hold(true);
  waiting_.push_back(connection.number());
  wake_.start(base::Duration::zero());
}

// In the order in which they found no room, and before those that become readable next: nobody starves.
void RelpSource::serve_waiting() {
  for (std::size_t left = waiting_.size(); left > 0 && !staged_.full(); --left) {
    RelpSession* connection = find(waiting_.front());
    waiting_.pop_front();
    if (connection == nullptr) continue;
    connection->hold(false);
    serve(*connection);
  }
}

void RelpSource::serve(RelpSession& connection) {
  const std::size_t before = staged_.batch().count();
  const auto received = connection.receive({buffer_.get(), kBuffer}, staged_.batch(), taken_);
  if (const std::size_t count = staged_.batch().count() - before; count > 0) note(connection, count);
  if (!received) connections_.report_damage(received.error());
  account(connection);
  send(connection);
}

// Whose the messages just taken are.
void RelpSource::note(const RelpSession& connection, std::size_t count) {
  taken_ += count;
  if (!unacknowledged_.empty() && unacknowledged_.back().connection == connection.number())
    unacknowledged_.back().last = taken_;
  else
    unacknowledged_.push_back({connection.number(), taken_});
  if (connection.sender) peer_log_.add(taken_, connection.sender);
}

void RelpSource::writable(RelpSession& connection) {
  send(connection);
}

void RelpSource::send(RelpSession& connection) {
  connection.send();
  if (connection.over()) return close(connection);
  if (!stopped_ && connection.has_more()) queue(connection);
}

void RelpSource::account(RelpSession& connection) {
  if (connections_.account(connection.accounted, connection.session().pending())) return;
  connections_.report_unfinished(connection.peer());
  connection.session().shut();
  connections_.account(connection.accounted, connection.session().pending());
}

void RelpSource::overdue(RelpSession& connection) {
  const bool open = connection.session().is_open();
  const base::Duration limit = open ? options_.idle_timeout : options_.open_timeout;
  if (limit == base::Duration::zero()) return;
  if (open && !connection.peers_turn()) return connection.call_after(limit);
  const base::Duration left = (open ? connection.last_moved() : connection.accepted()) + limit - base::now();
  if (left > base::Duration::zero()) return connection.call_after(left);
  if (!open)
    connections_.report_damage({base::Kind::protocol, "receive RELP from " + connection.peer(),
                                "no session was opened within " + base::format_duration(limit)});
  connection.session().shut();
  connection.send();
  close(connection);
}

void RelpSource::close(RelpSession& connection) {
  connections_.report_split(connection.peer(), connection.session().split());
  connection.part();
  connections_.account(connection.accounted, 0);
  sessions_.erase(connection.number());
  connections_.set_connections(sessions_.size());
}

RelpSession* RelpSource::find(std::uint64_t number) const {
  const auto found = sessions_.find(number);
  return found == sessions_.end() ? nullptr : found->second.get();
}

}  // namespace logcat
