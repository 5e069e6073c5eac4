#include "net/logd_session.h"

#include <utility>

#include "net/socket.h"

namespace net {
namespace {

constexpr std::size_t kBuffer = 256 << 10;
constexpr int kRounds = 16;  // buffers full of answers, then others have their turn

}  // namespace

LogdSession::LogdSession(event::Loop& loop, std::vector<Url> urls, LogdOptions options, base::Report report,
                         Events events)
    : loop_(loop),
      options_(std::move(options)),
      events_(std::move(events)),
      dialer_(loop, std::move(urls), options_.dial, std::move(report),
              {.connected = [this](Link link) { take(std::move(link)); }, .waiting = events_.waiting}),
      buffer_(std::make_unique_for_overwrite<char[]>(kBuffer)),
      deadline_(loop, [this] { overdue(); }),
      again_(loop, [this] { readable(); }) {}

void LogdSession::stop() {
  if (connection_ && unsent() == 0) (void)connection_->link.transport.shut_down();
  disconnect();
  dialer_.stop();
}

void LogdSession::rest() {
  stop();
  dialer_.rest();
}

void LogdSession::proceed(const std::string& why) {
  disconnect();
  dialer_.warn(why);
  dialer_.proceed();
}

void LogdSession::take(Link link) {
  const int fd = link.transport.fd();
  connection_.emplace(Connection{.link = std::move(link),
                                 .replies = codec::LogdReplyReader(options_.max_body),
                                 .readable = event::Io(loop_, fd, event::Interest::read, [this] { readable(); }),
                                 .writable = event::Io(loop_, fd, event::Interest::write, [this] { writable(); }),
                                 .output = {}});
  watch();
  events_.connected();
}

void LogdSession::send(std::string_view request, std::size_t owed) {
  connection_->output.append(request);
  owed_ += owed;
  if (owed > 0 && !deadline_.active() && options_.timeout > base::Duration::zero()) deadline_.start(options_.timeout);
  flush();
}

void LogdSession::expect(codec::LogdReplyReader::Bodies bodies) {
  connection_->replies.expect(bodies);
}

void LogdSession::hold(bool held) {
  if (!connection_) return;
  connection_->held = held;
  if (!held && connection_->link.transport.buffered()) again_.start(base::Duration::zero());
  watch();
}

void LogdSession::may_end(bool may) {
  connection_->may_end = may;
}

void LogdSession::proved() {
  if (connection_) connection_->proved = true;
  dialer_.succeeded();
  dialer_.recovered(peer());
}

void LogdSession::readable() {
  if (connection_ && connection_->held && !connection_->failure.empty()) return lose(connection_->failure);
  for (int round = 0; round < kRounds; ++round)
    if (!connection_ || connection_->held || !receive_some()) return;
  if (connection_ && connection_->link.transport.buffered()) again_.start(base::Duration::zero());
}

// False: nothing more now.
bool LogdSession::receive_some() {
  const auto got = connection_->link.transport.read_some({buffer_.get(), kBuffer});
  if (!got) {
    lose(got.error().text());
    return false;
  }
  connection_->read_blocked = got->would_block && connection_->link.transport.wants_write();
  std::string_view bytes(buffer_.get(), got->bytes);
  while (connection_) {
    codec::LogdReply reply;
    const auto whole = connection_->replies.next(bytes, reply);
    if (!whole) {
      lose("receive from " + peer() + ": " + whole.error().why);
      return false;
    }
    if (!*whole) break;
    if (reply.kind != codec::LogdReply::Kind::message && owed_ > 0) --owed_;
    if (owed_ == 0) deadline_.stop();
    connection_->answered = true;
    if (const auto taken = events_.reply(reply); !taken) {
      lose(taken.error().text());
      return false;
    }
  }
  if (!connection_) return false;
  if (got->bytes > 0 && owed_ > 0 && options_.timeout > base::Duration::zero()) deadline_.start(options_.timeout);
  watch();
  if (got->would_block && !connection_->failure.empty())
    lose(connection_->failure);
  else if (got->end)
    lose("receive from " + peer() + ": the server has closed the connection" +
         (connection_->answered || !peer().starts_with("logd:")
              ? ""
              : " before it answered anything; does it want TLS (logds://)?"));
  return connection_ && !got->would_block;
}

void LogdSession::writable() {
  connection_->blocked = false;
  const bool reads = std::exchange(connection_->read_blocked, false);
  flush();
  if (connection_ && reads) readable();
}

void LogdSession::flush() {
  Connection& connection = *connection_;
  while (!connection.blocked && connection.sent < connection.output.size()) {
    const auto moved =
        connection.link.transport.write_some(std::string_view(connection.output).substr(connection.sent));
    if (!moved) {
      connection.failure = moved.error().text();
      again_.start(base::Duration::zero());
    } else {
      connection.sent += moved->bytes;
    }
    connection.blocked = connection.sent < connection.output.size();
  }
  // Not before half of it is sent, so that a long message is not moved again and again.
  if (connection.sent >= unsent()) connection.output.erase(0, std::exchange(connection.sent, 0));
  watch();
}

// Something is still on its way because the server does not read: it cannot answer what has not reached it.
bool LogdSession::server_is_busy() const {
  const auto queued = unacknowledged_bytes(connection_->link.transport.fd());
  return queued && *queued > 0 && connection_->link.counter.peer_is_full();
}

void LogdSession::overdue() {
  if (server_is_busy()) return deadline_.start(options_.timeout);
  lose("receive from " + peer() + ": no answer within " + base::format_duration(options_.timeout));
}

void LogdSession::lose(std::string why) {
  const bool proved = connection_->proved;
  const bool expected = connection_->may_end;
  disconnect();
  if (expected) return events_.ended();
  dialer_.warn(why);
  proved ? dialer_.restart() : dialer_.proceed();
  events_.lost();
}

void LogdSession::disconnect() {
  deadline_.stop();
  again_.stop();
  owed_ = 0;
  connection_.reset();
}

void LogdSession::watch() {
  if (!connection_) return;
  connection_->readable.set(!connection_->held && !connection_->read_blocked);
  connection_->writable.set(connection_->failure.empty() && (connection_->blocked || connection_->read_blocked));
}

std::size_t LogdSession::unsent() const {
  return connection_ ? connection_->output.size() - connection_->sent : 0;
}

std::string LogdSession::peer() const {
  return connection_ ? connection_->link.transport.name() : "";
}

std::string LogdSession::state() const {
  return connection_ ? "connected to " + peer() : dialer_.state();
}

}  // namespace net
