#include "tools/logcat/relp_source.h"

#include "base/units.h"

#include <algorithm>
#include <utility>

namespace logcat {
namespace {

using base::Result;
using stream::Next;

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
      buffer_(std::make_unique_for_overwrite<char[]>(kTurnBytes)) {}

RelpSource::~RelpSource() {
  for (auto& [number, session] : sessions_) {
    session->server().abandon();
    session->send();
    session->connection().part();
  }
}

Result<Next> RelpSource::read(stream::Batch& batch, std::size_t limit) {
  connections_.serve_waiting([this] { return !staged_.full(); });
  staged_.give(batch, limit);
  if (!staged_.empty()) return Next::more;
  if (stopped_) return Next::end;
  return connections_.anyone_waits() ? Next::more : Next::wait;
}

Result<void> RelpSource::acknowledge(std::uint64_t count) {
  while (!unacknowledged_.empty()) {
    const Run& run = unacknowledged_.front();
    if (RelpSession* session = find(run.connection)) {
      session->server().acknowledge(std::min(run.last, count));
      if (!std::exchange(session->touched, true)) touched_.push_back(session);
    }
    if (run.last > count) break;
    unacknowledged_.pop_front();
  }
  for (RelpSession* session : touched_) {
    session->touched = false;
    send(*session);
  }
  touched_.clear();
  return {};
}

bool RelpSource::reject(std::uint64_t position, std::string_view reason) {
  const auto run = std::ranges::lower_bound(unacknowledged_, position, {}, &Run::last);
  RelpSession* session = run == unacknowledged_.end() ? nullptr : find(run->connection);
  if (session == nullptr || !session->server().reject(position, reason)) return false;
  send(*session);
  return true;
}

void RelpSource::stop() {
  if (std::exchange(stopped_, true)) return;
  connections_.stop_listening();
  for (auto& [number, session] : sessions_) {
    session->server().shut();
    touched_.push_back(session.get());
  }
  for (RelpSession* session : touched_) send(*session);
  touched_.clear();
}

std::string RelpSource::state() const {
  std::size_t unanswered = 0;
  for (const auto& [number, session] : sessions_) unanswered += session->server().unanswered();
  return connections_.state() + "; " + base::count_of(unanswered, "message") + " unanswered";
}

void RelpSource::take(net::Accepted accepted) {
  auto session = std::make_unique<RelpSession>(loop_, std::move(accepted.transport), session_options_,
                                               RelpTimes{options_.open_timeout, options_.idle_timeout}, accepted.number,
                                               static_cast<RelpSession::Owner&>(*this));
  session->sender = std::move(accepted.sender);
  sessions_.emplace(accepted.number, std::move(session));
}

void RelpSource::readable(RelpSession& session) {
  staged_.full() ? connections_.wait_for_room(session.connection()) : serve(session);
}

void RelpSource::serve(RelpSession& session) {
  const std::size_t before = staged_.batch().count();
  const auto received = session.receive({buffer_.get(), kTurnBytes}, staged_.batch(), taken_);
  if (const std::size_t count = staged_.batch().count() - before; count > 0) note(session, count);
  if (!received) connections_.report_damage(received.error());
  account(session);
  send(session);
}

// Whose the messages just taken are.
void RelpSource::note(const RelpSession& session, std::size_t count) {
  taken_ += count;
  if (!unacknowledged_.empty() && unacknowledged_.back().connection == session.number())
    unacknowledged_.back().last = taken_;
  else
    unacknowledged_.push_back({session.number(), taken_});
  if (session.sender) peer_log_.add(taken_, session.sender);
}

void RelpSource::writable(RelpSession& session) {
  send(session);
}

void RelpSource::send(RelpSession& session) {
  session.send();
  if (session.over()) close(session);
}

void RelpSource::account(RelpSession& session) {
  if (connections_.account(session.connection(), session.server().pending())) return;
  connections_.report_unfinished(session.connection().peer());
  session.server().shut();
  connections_.account(session.connection(), session.server().pending());
}

void RelpSource::overdue(RelpSession& session) {
  if (!session.was_opened())
    connections_.report_damage(session.connection().worded(
        {base::Kind::protocol, "", "no session was opened within " + base::format_duration(options_.open_timeout)}));
  session.server().shut();
  session.send();
  close(session);
}

void RelpSource::close(RelpSession& session) {
  connections_.report_split(session.connection().peer(), session.server().split());
  session.connection().part();
  connections_.forget(session.connection());
  sessions_.erase(session.number());
}

RelpSession* RelpSource::find(std::uint64_t number) const {
  const auto found = sessions_.find(number);
  return found == sessions_.end() ? nullptr : found->second.get();
}

}  // namespace logcat
