#include "tools/logsend/stream_sink.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace logsend {
namespace {

// How long to wait before asking again what was acknowledged, while something is outstanding.
// The first is about what a peer on the same machine needs to wake up and read.
constexpr base::Duration kFirstCheck = std::chrono::microseconds(100);
constexpr base::Duration kLastCheck = std::chrono::milliseconds(50);

std::string messages(std::size_t count) {
  return count == 1 ? "1 message" : std::to_string(count) + " messages";
}

}  // namespace

StreamSink::StreamSink(event::Loop& loop, std::vector<net::Url> urls, StreamOptions options, base::Report report)
    : loop_(loop),
      urls_(std::move(urls)),
      options_(std::move(options)),
      report_(std::move(report)),
      window_({.framing = options_.wire}, options_.window.count, options_.window_messages),
      connector_(loop, urls_, options_.connect_timeout, options_.seed,
                 {.connected = [this](base::Fd fd, const net::Url& url) { introduction_.start(std::move(fd), url); },
                  .failed = [this](const base::Error& error) { attempt_failed(error); }}),
      introduction_(loop, options_.tls, options_.connect_timeout,
                    {.done = [this](net::Link link) { connected(std::move(link)); },
                     .failed =
                         [this](const base::Error& error) {
                           attempt_failed(error);
                           connector_.proceed();
                         }}),
      drain_(loop, [this] { give_up(); }) {}

base::Result<std::unique_ptr<StreamSink>> StreamSink::open(event::Loop& loop, std::vector<net::Url> urls,
                                                           StreamOptions options, base::Report report) {
  std::unique_ptr<StreamSink> sink(new StreamSink(loop, std::move(urls), std::move(options), std::move(report)));
  sink->check_ = TRY(ShortTimer::create(loop, [raw = sink.get()] { raw->check(); }));
  sink->connector_.start();
  return sink;
}

std::size_t StreamSink::room() const {
  return reopening_ ? 0 : window_.room();
}

base::Result<void> StreamSink::write(const stream::Batch& batch) {
  window_.append(batch);
  send();
  return {};
}

base::Result<void> StreamSink::flush() {
  if (error_) return tl::unexpected(*error_);
  return {};
}

base::Result<void> StreamSink::finish() {
  finishing_ = true;
  if (window_.waiting() == 0) {
    close_down();
    return {};
  }
  drain_.start(options_.drain_time);
  if (!connection_) connector_.hurry();  // a long pause could outlast the time that is left
  return {};
}

base::Result<void> StreamSink::reopen() {
  if (options_.tls) {
    const auto reloaded = options_.tls->reload();
    if (!reloaded) report_(base::Level::error, reloaded.error().text() + "; what was loaded before stays in use");
  }
  if (!connection_) {
    connector_.hurry();
  } else if (window_.waiting() > 0) {
    reopening_ = true;
  } else {
    disconnect();
    connector_.start();
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
      .progress = base::now(),
  });
  connection_->readable.start();
  if (window_.waiting() == 0 && connection_->link.transport.accepted()) note_recovery();
  send();
}

void StreamSink::attempt_failed(const base::Error& error) {
  warn(error.text());
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
  connector_.succeeded();
  note_recovery();
  if (finishing_) drain_.start(options_.drain_time);
  if (window_.waiting() > 0) return;
  if (finishing_) {
    close_down();
  } else if (reopening_) {
    reopening_ = false;
    disconnect();
    connector_.start();
  }
}

void StreamSink::check() {
  count_acknowledged();
  if (!connection_ || !connection_->link.transport.accepted() || options_.timeout <= base::Duration::zero()) return;
  const bool stalled = window_.waiting() > 0 && base::now() - connection_->progress >= options_.timeout;
  if (stalled && !connection_->link.counter.peer_is_full())
    lost(Loss::dead, "send to " + connection_->link.transport.name() + ": nothing was acknowledged for " +
                         base::format_duration(options_.timeout));
}

void StreamSink::discard_input() {
  do {
    discard_some();
  } while (connection_ && connection_->link.transport.buffered());
}

void StreamSink::discard_some() {
  std::array<char, 16384> buffer;
  const auto got = connection_->link.transport.read_some(buffer);
  if (!got) return lost(got.error().code == ETIMEDOUT ? Loss::dead : Loss::closed, got.error().text());
  connection_->discarded += got->bytes;
  if (!got->end) return;
  count_acknowledged();  // a peer that closes in order has taken what it acknowledged
  if (connection_)
    lost(Loss::closed, "send to " + connection_->link.transport.name() + ": the peer closed the connection");
}

// A peer that took nothing, or no more, is a failed attempt: the next in the list may do better.
void StreamSink::lost(Loss loss, const std::string& text) {
  const bool was_useful = connection_->acknowledged > 0;
  disconnect();
  warn(text);
  if (loss == Loss::closed && was_useful)
    connector_.restart();
  else
    connector_.proceed();
}

void StreamSink::disconnect() {
  check_->stop();
  connection_.reset();
  window_.resend();
  reopening_ = false;
}

void StreamSink::close_down() {
  finished_ = true;
  drain_.stop();
  check_->stop();
  connector_.stop();
  introduction_.stop();
  if (!connection_) return;
  // Closing with something unread would send a reset, which may take from the peer what it has not yet read.
  std::array<char, 16384> buffer;
  for (bool more = true; more;) {
    const auto got = connection_->link.transport.read_some(buffer);
    more = got && got->bytes > 0;
  }
  (void)connection_->link.transport.shut_down();  // all is acknowledged: there is room for a goodbye
  connection_.reset();
}

void StreamSink::give_up() {
  const std::size_t count = window_.waiting();
  error_ = base::Error{base::Kind::temporary, "send to " + destinations(),
                       messages(count) + (count == 1 ? " was" : " were") + " not acknowledged within " +
                           base::format_duration(options_.drain_time) + "; run again"};
}

// Once per outage; the rest of it would only repeat itself.
void StreamSink::warn(const std::string& text) {
  if (std::exchange(outage_, true)) return;
  const std::size_t count = window_.waiting();
  std::string waiting;
  if (count > 0) waiting = ", " + messages(count) + (count == 1 ? " is" : " are") + " waiting";
  report_(base::Level::warning, text + "; trying " + (urls_.size() > 1 ? "the next" : "again") + waiting);
}

void StreamSink::note_recovery() {
  if (std::exchange(outage_, false)) report_(base::Level::note, "connected to " + connection_->link.transport.name());
}

std::string StreamSink::state() const {
  if (!connection_) return connector_.state() + ", " + messages(window_.waiting()) + " waiting";
  std::string text =
      "connected to " + connection_->link.transport.name() + ", " + messages(window_.waiting()) + " unacknowledged";
  if (connection_->discarded > 0) text += ", " + std::to_string(connection_->discarded) + " bytes from it ignored";
  return text;
}

std::string StreamSink::destinations() const {
  std::string all;
  for (const auto& url : urls_) all += (all.empty() ? "" : ", ") + url.text();
  return all;
}

}  // namespace logsend
