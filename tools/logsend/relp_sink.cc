#include "tools/logsend/relp_sink.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/socket.h"
#include "stream/room.h"

namespace logsend {
namespace {

using base::Kind;
using base::Result;
using Stage = codec::RelpClient::Stage;

constexpr base::Duration kLeaveTime = std::chrono::seconds(2);  // for the answer to "close": everything is safe by then

}  // namespace

RelpSink::RelpSink(event::Loop& loop, std::vector<net::Url> urls, RelpOptions options, base::Report report)
    : loop_(loop),
      options_(std::move(options)),
      client_({.window = std::max<std::size_t>(options_.relp_window, 1), .software = "logpipe," LOGPIPE_VERSION},
              [this](const codec::Rejection& rejection) { return rejected(rejection); }),
      dialer_(loop, std::move(urls), options_.dial, std::move(report),
              {.connected = [this](net::Link link) { connected(std::move(link)); },
               .waiting = [this] { return waiting(); }}),
      idle_(loop, [this] { idle(); }),
      drain_(loop, [this] { give_up(); }) {}

std::unique_ptr<RelpSink> RelpSink::open(event::Loop& loop, std::vector<net::Url> urls, RelpOptions options,
                                         base::Report report) {
  std::unique_ptr<RelpSink> sink(new RelpSink(loop, std::move(urls), std::move(options), std::move(report)));
  sink->dialer_.start();
  return sink;
}

std::size_t RelpSink::room() const {
  if (waiting() >= options_.window_messages) return 0;
  return stream::useful_room(client_.backlog().bytes(), options_.window.count);
}

Result<void> RelpSink::write(const stream::Batch& batch) {
  if (session_ && !server_owes()) session_->progress = base::now();
  idle_.stop();
  if (waiting() == 0 && !session_) dialer_.hurry();
  client_.append(batch);
  dialer_.wake();
  send();
  return {};
}

Result<void> RelpSink::flush() {
  if (error_) return tl::unexpected(*error_);
  return {};
}

Result<void> RelpSink::finish() {
  life_.finish();
  if (waiting() == 0) {
    close_down();
    return {};
  }
  drain_.start(options_.drain_time);
  return hurry();  // a long pause could outlast the time that is left
}

Result<void> RelpSink::hurry() {
  if (!session_) dialer_.hurry();
  return {};
}

std::optional<base::Instant> RelpSink::away_since() const {
  return session_ && client_.stage() != Stage::opening ? std::nullopt : dialer_.away_since();
}

Result<void> RelpSink::reopen() {
  dialer_.reload_certificates();
  if (!session_) {
    dialer_.hurry();
  } else if (client_.stage() == Stage::ready) {
    if (!life_.reopen()) return {};
    client_.close();
    send();
  } else if (!life_.is_reopening() && !life_.is_ending()) {
    disconnect();
    dialer_.start();
  }
  return {};
}

void RelpSink::settle(std::uint64_t number) {
  client_.settle(number);
  progressed();
}

void RelpSink::connected(net::Link link) {
  session_.emplace(loop_, std::move(link), static_cast<net::Connection::Owner&>(*this), safe());
  session_->connection.set_deadline(options_.timeout);
  client_.open();
  send();
}

void RelpSink::send() {
  while (session_ && !client_.output().empty()) {
    const std::size_t taken = session_->connection.write(client_.output());
    if (taken == 0) return;
    client_.sent(taken);
  }
}

void RelpSink::readable() {
  std::array<char, 65536> buffer;
  const auto got = session_->connection.receive(buffer);
  if (!got) return lost(got.error().text());
  if (got->bytes > 0) hear({buffer.data(), got->bytes});
  if (got->end) {
    const bool wants_tls = client_.stage() == Stage::opening && peer().starts_with("relp:");
    lost("send to " + peer() + ": the peer closed the connection" +
         (wants_tls ? " before it answered anything; does it want TLS (relps://)?" : ""));
  }
  send();
}

void RelpSink::hear(std::string_view bytes) {
  session_->progress = base::now();
  const auto fed = client_.feed(bytes);
  progressed();
  if (error_ || !session_) return;
  if (!fed) return lost("send to " + peer() + ": " + fed.error().why);
  if (client_.stage() == Stage::dismissed) return lost("send to " + peer() + ": the server closes the session");
  if (client_.stage() == Stage::left) session_closed();
}

// As we asked: for a new one, or because there was nothing to send, which may have changed by now.
void RelpSink::session_closed() {
  const bool rest = life_.is_resting() && waiting() == 0;
  disconnect();
  rest ? dialer_.rest() : dialer_.start();
}

void RelpSink::idle() {
  life_.rest();
  client_.close();
  send();
}

void RelpSink::progressed() {
  if (error_) return;
  const bool all_safe = client_.stage() == Stage::ready && waiting() == 0;
  if (all_safe) note_recovery();
  if (std::exchange(reported_safe_, safe()) < safe()) {
    dialer_.succeeded();
    note_recovery();
    if (life_.is_finishing()) drain_.start(options_.drain_time);
  }
  if (life_.is_finishing() && waiting() == 0) return close_down();
  if (all_safe && options_.idle_timeout > base::Duration::zero()) idle_.start(options_.idle_timeout);
}

bool RelpSink::server_owes() const {
  return client_.unanswered() > 0 || client_.stage() == Stage::opening || client_.stage() == Stage::leaving;
}

// A server that does not read cannot answer what has not reached it.
void RelpSink::overdue() {
  const base::Instant now = base::now();
  const base::Duration left = session_->progress + options_.timeout - now;
  if (server_owes() && left > base::Duration::zero())
    return session_->connection.set_deadline(std::max<base::Duration>(left, std::chrono::milliseconds(1)));
  if (server_owes() && !session_->connection.peer_has_yet_to_read())
    return lost("send to " + peer() + ": no answer for " + base::format_duration(options_.timeout));
  session_->progress = now;
  session_->connection.set_deadline(options_.timeout);
}

// A server that answered no message is a failed attempt: the next in the list may do better.
void RelpSink::lost(const std::string& text) {
  const bool was_useful = safe() > session_->safe_before;
  if (life_.is_resting()) return session_closed();  // some servers close instead of answering "close"
  disconnect();
  if (life_.is_finishing() && waiting() == 0) return close_down();
  dialer_.warn(text);
  if (was_useful)
    dialer_.restart();
  else
    dialer_.proceed();
}

void RelpSink::disconnect() {
  idle_.stop();
  session_.reset();
  client_.disconnect();
  life_.resume();
}

// Everything is safe: says "close" where there is a session, and waits a little for the answer.
void RelpSink::close_down() {
  if (session_ && client_.stage() == Stage::ready) {
    drain_.start(std::min(options_.drain_time, kLeaveTime));
    client_.close();
    send();  // may lose the connection, and come here again
    return;
  }
  if (session_ && client_.stage() == Stage::leaving) {
    if (!drain_.active()) drain_.start(std::min(options_.drain_time, kLeaveTime));
    return;
  }
  life_.end();
  drain_.stop();
  dialer_.stop();
  if (!session_) return;
  session_->connection.part();
  disconnect();
}

void RelpSink::give_up() {
  if (waiting() == 0) {
    disconnect();
    return close_down();
  }
  error_ = dialer_.undelivered("answered", options_.drain_time);
}

Result<codec::Settlement> RelpSink::rejected(const codec::Rejection& rejection) {
  Result<codec::Settlement> settlement =
      options_.on_reject
          ? options_.on_reject(rejection)
          : base::fail(Kind::data, "send to " + peer(),
                       "the server rejects a message: " + std::string(rejection.reason) + "; see --on-reject");
  if (!settlement) error_ = settlement.error();
  return settlement;
}

void RelpSink::note_recovery() {
  if (session_) dialer_.recovered(peer());
}

std::string RelpSink::state() const {
  const std::string counts = ", " + base::count_of(waiting(), "message") + " waiting, " +
                             std::to_string(client_.unanswered()) + " of them sent";
  if (!session_) return dialer_.state() + counts;
  return "connected to " + peer() + counts;
}

}  // namespace logsend
