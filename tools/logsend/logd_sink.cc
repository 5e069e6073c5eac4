#include "tools/logsend/logd_sink.h"

#include <charconv>
#include <limits>
#include <utility>

#include "base/quote.h"

namespace logsend {
namespace {

using base::Kind;
using base::Result;

constexpr std::size_t kEnoughUnsent = 1 << 20;  // given to the connection and not yet to the kernel
constexpr std::size_t kShown = 120;

}  // namespace

LogdSink::LogdSink(event::Loop& loop, std::vector<net::Url> urls, LogdOptions options, base::Report report)
    : options_(std::move(options)),
      report_(report),
      window_(options_.window.count, options_.window_messages),
      session_(loop, std::move(urls), options_.session, std::move(report),
               {.connected = [this] { connected(); },
                .reply = [this](const codec::LogdReply& reply) { return take(reply); },
                .lost = [this] { lost(); },
                .waiting = [this] { return window_.waiting(); },
                .ended = [this] { ended(); }}),
      idle_(loop, [this] { session_.rest(); }),
      drain_(loop, [this] { give_up(); }) {}

std::unique_ptr<LogdSink> LogdSink::open(event::Loop& loop, std::vector<net::Url> urls, LogdOptions options,
                                         base::Report report) {
  std::unique_ptr<LogdSink> sink(new LogdSink(loop, std::move(urls), std::move(options), std::move(report)));
  sink->session_.start();
  return sink;
}

Result<void> LogdSink::write(const stream::Batch& batch) {
  idle_.stop();
  if (window_.waiting() == 0) (void)hurry();
  window_.append(batch);
  session_.wake();
  return {};
}

Result<void> LogdSink::flush() {
  send();
  if (error_) return tl::unexpected(*error_);
  return {};
}

Result<void> LogdSink::finish() {
  life_.finish();
  if (window_.waiting() == 0) {
    close_down();
    return {};
  }
  drain_.start(options_.drain_time);
  return hurry();  // a long pause could outlast the time that is left
}

Result<void> LogdSink::hurry() {
  if (!session_.connected()) session_.hurry();
  return {};
}

Result<void> LogdSink::reopen() {
  session_.reload_certificates();
  if (!session_.connected())
    session_.hurry();
  else if (life_.reopen() && window_.in_flight() == 0)
    all_answered();
  return {};
}

void LogdSink::connected() {
  last_id_ = 0;
  send();
  progressed();  // with nothing to send it is idle from now on
}

void LogdSink::settle(std::uint64_t number) {
  window_.settle(number);
  progressed();
}

void LogdSink::send() {
  const std::size_t most = careful_ ? 1 : std::numeric_limits<std::size_t>::max();
  while (session_.connected() && !again_ && !life_.is_reopening() && !error_ && !finished()) {
    if (window_.in_flight() >= most || session_.unsent() >= kEnoughUnsent) break;
    if (const auto number = window_.empty_message()) {
      if (!pass_empty_message(*number)) break;
      continue;
    }
    const std::string_view request = window_.next();
    if (request.empty()) break;
    session_.send(request);
    window_.sent();
  }
  if (session_.connected()) session_.may_end(again_ || window_.in_flight() == 0);
}

// False: not before all that came before it is stored, since it ends everything.
bool LogdSink::pass_empty_message(std::uint64_t number) {
  if (!options_.on_reject && !window_.next_is_first()) return false;
  window_.pass_empty_message();
  reject({number, "", "logd takes no empty message"});
  return true;
}

Result<void> LogdSink::take(const codec::LogdReply& reply) {
  using enum codec::LogdReply::Kind;
  if (window_.in_flight() == 0) return base::fail(Kind::protocol, "send to " + session_.peer(), "an answer to nothing");
  switch (reply.kind) {
    case ok:
      TRY(stored(reply.text));
      break;
    case error:
      window_.refused();
      again_ = careful_ = true;
      refusal_ = "send to " + session_.peer() + ": the server answered " +
                 base::quote(reply.text.empty() ? "ERR" : "ERR " + std::string(reply.text), kShown);
      break;
    case client_error:
      rejected(reply.text);
      break;
    case message:
    case end:
      return base::fail(Kind::protocol, "send to " + session_.peer(), "a message where an answer was due");
  }
  if (session_.connected() && window_.in_flight() == 0 && !error_) all_answered();
  return {};
}

// Ids are given in order and each once, so that the id of a request's last message is beyond those before it by as many
// as it has. Anything else was not said of these messages, and is no receipt for them.
Result<void> LogdSink::stored(std::string_view id) {
  std::uint64_t last = 0;
  const auto [end, failed] = std::from_chars(id.data(), id.data() + id.size(), last);
  const std::uint64_t owed = last_id_ + window_.owed();
  if (failed != std::errc() || end != id.data() + id.size() || last < owed)
    return base::fail(Kind::protocol, "send to " + session_.peer(),
                      "the server answered " + base::quote("OK " + std::string(id), kShown) +
                          " where OK and an id from " + std::to_string(owed) + " on was due");
  last_id_ = last;
  window_.stored();
  careful_ = again_;
  session_.proved();
  progressed();
  return {};
}

// The server may close the connection now.
void LogdSink::rejected(std::string_view reason) {
  again_ = careful_ = true;
  session_.may_end(true);
  const auto single = window_.rejected();
  if (single) reject({single->number, single->message, reason});
}

// What was refused or split is next, and only now, so that as little as possible overtakes it.
void LogdSink::all_answered() {
  const std::string refusal = std::exchange(refusal_, {});
  if (std::exchange(again_, false)) window_.resend();
  if (!refusal.empty()) {
    life_.resume();
    return session_.proceed(refusal);
  }
  if (life_.resume()) {
    session_.stop();
    return session_.start();
  }
  send();
}

void LogdSink::reject(const codec::Rejection& rejection) {
  if (!options_.on_reject) {
    error_ = {Kind::data, "send to " + session_.peer(),
              "the server rejects a message: " + std::string(rejection.reason) + "; see --on-reject"};
    return;
  }
  const auto settlement = options_.on_reject(rejection);
  if (!settlement) {
    error_ = settlement.error();
  } else if (*settlement == codec::Settlement::settled) {
    if (rejection.message.empty() && ++empty_messages_ == 1)
      report_(base::Level::warning, "send to " + session_.peer() + ": logd takes no empty messages; they are dropped");
    settle(rejection.number);
  }
}

void LogdSink::progressed() {
  if (error_ || finished()) return;
  const bool more_is_safe = std::exchange(reported_safe_, safe()) < safe();
  if (life_.is_finishing() && more_is_safe) drain_.start(options_.drain_time);
  if (window_.waiting() > 0) return;
  if (life_.is_finishing()) return close_down();
  if (session_.connected() && options_.idle_timeout > base::Duration::zero()) idle_.start(options_.idle_timeout);
}

void LogdSink::lost() {
  idle_.stop();
  again_ = false;
  life_.resume();
  refusal_.clear();
  window_.resend();
}

// The server had refused or rejected something, or there was nothing to send; what waits for settle() is nothing.
void LogdSink::ended() {
  const std::string refusal = refusal_;
  lost();
  if (!refusal.empty()) return session_.proceed(refusal);
  window_.has_next() ? session_.start() : session_.rest();
}

void LogdSink::close_down() {
  life_.end();
  drain_.stop();
  idle_.stop();
  session_.stop();
  if (empty_messages_ > 1)
    report_(base::Level::warning, base::count_of(empty_messages_, "empty message") + " were dropped");
}

void LogdSink::give_up() {
  error_ = session_.undelivered("answered", options_.drain_time);
}

std::string LogdSink::state() const {
  return session_.state() + ", " + base::count_of(window_.waiting(), "message") + " waiting, " +
         base::count_of(window_.in_flight(), "request") + " unanswered";
}

}  // namespace logsend
