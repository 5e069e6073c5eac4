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
constexpr base::Duration kLeaveTime = std::chrono::seconds(2);  // for the peer's end, after ours
constexpr int kRounds = 64;  // of reading from a peer that writes without an end, then others have their turn

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
  if (window_.waiting() == 0 && !connection_) dialer_.hurry();
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
  if (!connection_) dialer_.hurry();
  return {};
}

std::optional<base::Instant> StreamSink::away_since() const {
  return connection_ && connection_->link.transport.accepted() ? std::nullopt : dialer_.away_since();
}

base::Result<void> StreamSink::reopen() {
  dialer_.reload_certificates();
  if (!connection_) {
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
  const int number = link.transport.fd();
  connection_.emplace(Connection{
      .link = std::move(link),
      .readable = event::Io(loop_, number, event::Interest::read, [this] { discard_input(); }),
      .writable = event::Io(loop_, number, event::Interest::write,
                            [this] {
                              connection_->blocked = false;
                              connection_->writable.stop();
                              send();
                            }),
      .again = event::Timer(loop_, [this] { discard_input(); }),
      .progress = base::now(),
  });
  connection_->readable.start();
  if (window_.waiting() == 0) {
    if (connection_->link.transport.accepted()) dialer_.recovered(peer());
    all_acknowledged();
  }
  send();
}

void StreamSink::send() {
  if (!connection_ || connection_->blocked) return;
  if (window_.sent_bytes() == connection_->acknowledged) connection_->progress = base::now();
  for (auto piece = window_.unsent(); !piece.empty(); piece = window_.unsent()) {
    const auto moved = connection_->link.transport.write_some(piece);
    if (!moved) return lost(moved.error().code == ETIMEDOUT ? Loss::dead : Loss::closed, moved.error().text());
    window_.sent(moved->bytes);
    if (moved->bytes < piece.size()) {
      connection_->blocked = true;
      connection_->writable.start();
      break;
    }
  }
  check_interval_ = kFirstCheck;
  count_acknowledged();
}

// Looked at right after writing, since over loopback the answer is often there already, and then by a timer.
void StreamSink::count_acknowledged() {
  const auto on_wire = connection_->link.counter.acknowledged(window_.sent_bytes());
  const std::uint64_t acknowledged = on_wire ? connection_->link.transport.acknowledged(*on_wire) : 0;
  if (acknowledged > connection_->acknowledged) {
    connection_->acknowledged = acknowledged;
    connection_->progress = base::now();
    check_interval_ = kFirstCheck;
    window_.acknowledge_bytes(acknowledged);
    progressed();
  }
  if (!connection_ || window_.waiting() == 0) {
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
  say_goodbye();
  disconnect();
  dialer_.rest();
}

void StreamSink::check() {
  count_acknowledged();
  if (!connection_ || !connection_->link.transport.accepted() || options_.timeout <= base::Duration::zero()) return;
  const bool stalled = window_.waiting() > 0 && base::now() - connection_->progress >= options_.timeout;
  if (stalled && !connection_->link.counter.peer_is_full())
    lost(Loss::dead, "send to " + peer() + ": nothing was acknowledged for " + base::format_duration(options_.timeout));
}

void StreamSink::discard_input() {
  for (int round = 0; connection_ && round < kRounds; ++round) {
    discard_some();
    if (!connection_ || !connection_->link.transport.buffered()) return;
  }
  if (connection_) connection_->again.start(base::Duration::zero());
}

void StreamSink::discard_some() {
  std::array<char, 16384> buffer;
  const auto got = connection_->link.transport.read_some(buffer);
  if (!got && life_.is_closing()) {
    error_ = {
        base::Kind::io, "send to " + peer(),
        "the peer did not read all that it had acknowledged (" + got.error().why + "); does it want TLS (tls://)?"};
    return leave();
  }
  if (!got) return lost(got.error().code == ETIMEDOUT ? Loss::dead : Loss::closed, got.error().text());
  if (is_foreign({buffer.data(), got->bytes})) return leave();
  connection_->discarded += got->bytes;
  if (!got->end) return;
  count_acknowledged();  // a peer that closes in order has taken what it acknowledged
  if (life_.is_closing()) return leave();
  if (connection_) lost(Loss::closed, "send to " + peer() + ": the peer closed the connection");
}

// The peer speaks another protocol, and so takes no messages: another try would lose more of them.
bool StreamSink::is_foreign(std::string_view bytes) {
  std::string& head = connection_->head;
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
  const bool was_useful = connection_->acknowledged > 0;
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
  connection_.reset();
  window_.resend();
  life_.resume();
}

void StreamSink::close_down() {
  life_.close();
  dialer_.stop();
  idle_.stop();
  if (!connection_) return leave();
  if (!is_plain_tcp()) {
    say_goodbye();
    return leave();
  }
  if (has_closed(connection_->link.transport.fd()))
    report_(base::Level::warning, "send to " + peer() +
                                      ": the peer closed the connection before the end of the messages, perhaps "
                                      "without reading them; does it want TLS (tls://)?");
  (void)connection_->link.transport.shut_down();
  drain_.start(std::min(options_.drain_time, kLeaveTime));
}

void StreamSink::leave() {
  life_.end();
  drain_.stop();
  dialer_.stop();
  if (connection_) disconnect();
}

void StreamSink::out_of_time() {
  if (life_.is_closing()) return leave();
  error_ = dialer_.undelivered("acknowledged", options_.drain_time);
}

// Closing with something unread would send a reset, which may take from the peer what it has not yet read.
void StreamSink::say_goodbye() {
  std::array<char, 16384> buffer;
  bool more = true;
  for (int round = 0; more && round < kRounds; ++round) {
    const auto got = connection_->link.transport.read_some(buffer);
    more = got && got->bytes > 0;
  }
  (void)connection_->link.transport.shut_down();  // all is acknowledged: there is room for it
}

std::string StreamSink::state() const {
  const std::string messages = base::count_of(window_.waiting(), "message");
  if (!connection_) return dialer_.state() + ", " + messages + " waiting";
  std::string text = "connected to " + peer() + ", " + messages + " unacknowledged";
  if (connection_->discarded > 0) text += ", " + base::count_of(connection_->discarded, "byte") + " from it ignored";
  return text;
}

}  // namespace logsend
