#include "tools/logsend/stream_sink.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "codec/foreign.h"

namespace logsend {
namespace {

// How long to wait before asking again what was acknowledged, while something is outstanding.
// The first is about what a peer on the same machine needs to wake up and read.
constexpr base::Duration kFirstCheck = std::chrono::microseconds(100);
constexpr base::Duration kLastCheck = std::chrono::milliseconds(50);
constexpr base::Duration kEndTime = std::chrono::seconds(2);  // for the peer's end, after ours

bool has_closed(int socket) {
  pollfd watched{.fd = socket, .events = POLLRDHUP, .revents = 0};
  return ::poll(&watched, 1, 0) > 0 && (watched.revents & POLLRDHUP) != 0;
}

}  // namespace

StreamSink::StreamSink(event::Loop& loop, std::vector<net::Url> urls, StreamOptions options, base::Report report)
    : loop_(loop),
      options_(std::move(options)),
      report_(report),
      window_({.framing = options_.wire}, options_.window.count, options_.window_messages),
      dialer_(loop, std::move(urls), options_.dial, std::move(report),
              {.connected = [this](net::Link link) { connected(std::move(link)); },
               .waiting = [this] { return window_.waiting(); }}),
      idle_(loop, [this] { idle(); }),
      drain_(loop, [this] { out_of_time(); }) {}

base::Result<std::unique_ptr<StreamSink>> StreamSink::open(event::Loop& loop, std::vector<net::Url> urls,
                                                           StreamOptions options, base::Report report) {
  std::unique_ptr<StreamSink> sink(new StreamSink(loop, std::move(urls), std::move(options), std::move(report)));
  sink->check_ = TRY(ShortTimer::create(loop, [raw = sink.get()] { raw->check(); }));
  sink->dialer_.start();
  return sink;
}

std::size_t StreamSink::room() const {
  return life_.is_reopening() ? 0 : window_.room();
}

base::Result<void> StreamSink::write(const stream::Batch& batch) {
  idle_.stop();
  if (window_.waiting() == 0 && !session_) dialer_.hurry();
  window_.append(batch);
  dialer_.wake();
  send();
  return {};
}

base::Result<void> StreamSink::flush() {
  if (error_) return tl::unexpected(*error_);
  return {};
}

base::Result<void> StreamSink::finish() {
  life_.finish();
  if (window_.waiting() == 0) {
    close_down();
    return {};
  }
  drain_.start(options_.drain_time);
  return hurry();  // a long pause could outlast the time that is left
}

base::Result<void> StreamSink::hurry() {
  if (!session_) dialer_.hurry();
  return {};
}

std::optional<base::Instant> StreamSink::away_since() const {
  return session_ && session_->connection.transport().accepted() ? std::nullopt : dialer_.away_since();
}

base::Result<void> StreamSink::reopen() {
  dialer_.reload_certificates();
  if (!session_) {
    dialer_.hurry();
  } else if (window_.waiting() > 0) {
    life_.reopen();
  } else if (!life_.is_ending()) {
    disconnect();
    dialer_.start();
  }
  return {};
}

void StreamSink::connected(net::Link link) {
  session_.emplace(loop_, std::move(link), static_cast<net::Connection::Owner&>(*this));
  if (window_.waiting() == 0) {
    if (session_->connection.transport().accepted()) dialer_.recovered(peer());
    all_acknowledged();
  }
  send();
}

void StreamSink::send() {
  if (!session_ || session_->connection.blocked()) return;
  if (window_.sent_bytes() == session_->acknowledged) session_->progress = base::now();
  for (auto piece = window_.unsent(); !piece.empty(); piece = window_.unsent()) {
    const std::size_t taken = session_->connection.write(piece);
    window_.sent(taken);
    if (taken < piece.size()) break;
  }
  check_interval_ = kFirstCheck;
  count_acknowledged();
}

// Looked at right after writing, since over loopback the answer is often there already, and then by a timer.
void StreamSink::count_acknowledged() {
  const std::uint64_t acknowledged = session_->connection.acknowledged();
  if (acknowledged > session_->acknowledged) {
    session_->acknowledged = acknowledged;
    session_->progress = base::now();
    check_interval_ = kFirstCheck;
    window_.acknowledge_bytes(acknowledged);
    progressed();
  }
  if (!session_ || window_.waiting() == 0) {
    check_->stop();
    return;
  }
  check_->start(check_interval_);
  check_interval_ = std::min(2 * check_interval_, kLastCheck);
}

void StreamSink::progressed() {
  dialer_.succeeded();
  dialer_.recovered(peer());
  if (life_.is_finishing()) drain_.start(options_.drain_time);
  if (window_.waiting() == 0) all_acknowledged();
}

void StreamSink::all_acknowledged() {
  if (life_.is_finishing()) {
    close_down();
  } else if (life_.is_reopening()) {
    disconnect();
    dialer_.start();
  } else if (options_.idle_timeout > base::Duration::zero()) {
    idle_.start(options_.idle_timeout);
  }
}

void StreamSink::idle() {
  session_->connection.part();
  disconnect();
  dialer_.rest();
}

void StreamSink::check() {
  count_acknowledged();
  if (!session_ || !session_->connection.transport().accepted() || options_.timeout <= base::Duration::zero()) return;
  const bool stalled = window_.waiting() > 0 && base::now() - session_->progress >= options_.timeout;
  if (stalled && !session_->connection.peer_is_full())
    lost(Loss::dead, "send to " + peer() + ": nothing was acknowledged for " + base::format_duration(options_.timeout));
}

// What the peer says is ignored.
void StreamSink::readable() {
  std::array<char, 16384> buffer;
  const auto got = session_->connection.receive(buffer);
  if (!got && life_.is_closing()) {
    error_ = {
        base::Kind::io, "send to " + peer(),
        "the peer did not read all that it had acknowledged (" + got.error().why + "); does it want TLS (tls://)?"};
    return leave();
  }
  if (!got) return lost(got.error().code == ETIMEDOUT ? Loss::dead : Loss::closed, got.error().text());
  if (is_foreign({buffer.data(), got->bytes})) return leave();
  if (!got->end) return;
  count_acknowledged();  // a peer that closes in order has taken what it acknowledged
  if (life_.is_closing()) return leave();
  if (session_) lost(Loss::closed, "send to " + peer() + ": the peer closed the connection");
}

// The peer speaks another protocol, and so takes no messages: another try would lose more of them.
bool StreamSink::is_foreign(std::string_view bytes) {
  std::string& head = session_->head;
  if (!is_plain_tcp() || head.size() >= codec::kForeignAnswerHead) return false;
  head.append(bytes.substr(0, codec::kForeignAnswerHead - head.size()));
  const auto foreign = codec::foreign_answer(head);
  if (!foreign || foreign->empty()) return false;
  error_ = {base::Kind::protocol, "send to " + peer(),
            "the peer answers with " + std::string(*foreign) +
                ", so that it takes no log messages here; what it had "
                "acknowledged is lost"};
  return true;
}

// A peer that took nothing, or no more, is a failed attempt: the next in the list may do better.
void StreamSink::lost(Loss loss, const std::string& text) {
  const bool was_useful = session_->acknowledged > 0;
  disconnect();
  dialer_.warn(text);
  if (loss == Loss::closed && was_useful)
    dialer_.restart();
  else
    dialer_.proceed();
}

void StreamSink::disconnect() {
  check_->stop();
  idle_.stop();
  session_.reset();
  window_.resend();
  life_.resume();
}

void StreamSink::close_down() {
  life_.close();
  dialer_.stop();
  idle_.stop();
  if (!session_) return leave();
  if (!is_plain_tcp()) {
    session_->connection.part();
    return leave();
  }
  if (has_closed(session_->connection.transport().fd()))
    report_(base::Level::warning, "send to " + peer() +
                                      ": the peer closed the connection before the end of the messages, perhaps "
                                      "without reading them; does it want TLS (tls://)?");
  (void)session_->connection.shut_down();
  drain_.start(std::min(options_.drain_time, kEndTime));
}

void StreamSink::leave() {
  life_.end();
  drain_.stop();
  dialer_.stop();
  if (session_) disconnect();
}

void StreamSink::out_of_time() {
  if (life_.is_closing()) return leave();
  error_ = dialer_.undelivered("acknowledged", options_.drain_time);
}

std::string StreamSink::state() const {
  const std::string messages = base::count_of(window_.waiting(), "message");
  if (!session_) return dialer_.state() + ", " + messages + " waiting";
  std::string text = "connected to " + peer() + ", " + messages + " unacknowledged";
  const std::uint64_t ignored = session_->connection.bytes_received();
  if (ignored > 0) text += ", " + base::count_of(ignored, "byte") + " from it ignored";
  return text;
}

}  // namespace logsend
