#include "tools/logcat/listener.h"

#include <algorithm>
#include <utility>

namespace logcat {
namespace {

using base::Level;
using base::Result;
using stream::Next;

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
      buffer_(std::make_unique_for_overwrite<char[]>(kTurnBytes)) {}

Result<Next> Listener::read(stream::Batch& batch, std::size_t limit) {
  connections_.serve_waiting([this] { return !staged_.full(); });
  staged_.give(batch, limit);
  if (!staged_.empty() || connections_.anyone_waits()) return Next::more;
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
  for (const auto& [key, session] : sessions_) {
    session->connection().take_no_more();
    connections_.wait_for_room(session->connection());
  }
}

void Listener::take(net::Accepted accepted) {
  const WireReader wire(options_.framing, options_.max_message);
  auto session = std::make_unique<StreamSession>(loop_, std::move(accepted.transport), wire,
                                                 static_cast<StreamSession::Owner&>(*this));
  session->sender = std::move(accepted.sender);
  session->connection().set_idle_limit(options_.idle_timeout);
  sessions_.emplace(session.get(), std::move(session));
}

void Listener::readable(StreamSession& session) {
  staged_.full() ? connections_.wait_for_room(session.connection()) : serve(session);
}

void Listener::serve(StreamSession& session) {
  const std::size_t before = staged_.batch().count();
  const auto open = session.receive({buffer_.get(), kTurnBytes}, staged_.batch());
  note(session, staged_.batch().count() - before);
  const bool too_much = !connections_.account(session.connection(), session.pending());
  if (open && *open && !too_much) {
    if (stopped_) connections_.wait_for_room(session.connection());
    return;
  }
  if (stopped_ && open && session.pending() > 0) ++cut_off_;
  if (!open) connections_.report_damage(open.error());
  if (open && *open) connections_.report_unfinished(session.connection().peer());
  close(session);
}

// Whose the messages just taken are.
void Listener::note(const StreamSession& session, std::size_t count) {
  messages_ += count;
  if (session.sender && count > 0) peer_log_.add(messages_, session.sender);
}

void Listener::overdue(StreamSession& session) {
  const std::size_t before = staged_.batch().count();
  if (const auto finished = session.finish(staged_.batch()); !finished) connections_.report_damage(finished.error());
  note(session, staged_.batch().count() - before);
  close(session);
}

void Listener::close(StreamSession& session) {
  connections_.report_split(session.connection().peer(), session.split());
  connections_.forget(session.connection());
  sessions_.erase(&session);
}

}  // namespace logcat
