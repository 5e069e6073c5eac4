// Asking a server for its log, from where it was read before.
#include "tools/logtail/logs/remote.h"

#include <algorithm>
#include <utility>

#include "base/quote.h"
#include "codec/logd_request.h"

namespace logtail {
namespace {

using base::Kind;
using base::Level;
using base::Result;
using stream::Next;
using Bodies = codec::LogdReplyReader::Bodies;

constexpr std::size_t kEnough = 1 << 20;  // held; then no more is received
constexpr std::size_t kShown = 120;

std::string range_of(std::uint64_t first, std::uint64_t last) {
  return std::to_string(first) + (first == last ? "" : "-" + std::to_string(last));
}

}  // namespace

std::unique_ptr<RemoteTail> RemoteTail::open(event::Loop& loop, RemoteOptions options, Headers& headers, Memory& memory,
                                             base::Report report) {
  std::unique_ptr<RemoteTail> tail(new RemoteTail(loop, std::move(options), headers, memory, std::move(report)));
  tail->lost();
  tail->session_.start();
  return tail;
}

RemoteTail::RemoteTail(event::Loop& loop, RemoteOptions options, Headers& headers, Memory& memory, base::Report report)
    : LogTail(options.url.text(), options.emitter, headers, memory, report),
      options_(std::move(options)),
      session_(loop, {options_.url}, options_.session, std::move(report),
               {.connected = [this] { ask(Asked::stats); },
                .reply = [this](const codec::LogdReply& reply) { return take(reply); },
                .lost = [this] { lost(); },
                .waiting = [] { return std::size_t{0}; }}),
      patience_(loop, [this] {
        fail(Kind::temporary, "no answer within " + base::format_duration(options_.session.dial.connect_timeout));
      }) {}

// What comes is held as it comes.
Result<Next> RemoteTail::fill() {
  if (holds()) return Next::more;
  session_.hold(false);
  return ended_ ? Next::end : Next::wait;
}

// ---- asking

void RemoteTail::ask(Asked what, std::initializer_list<std::uint64_t> arguments) {
  asked_ = what;
  const bool stats = what == Asked::stats;
  session_.expect(stats ? Bodies::stats : what == Asked::read ? Bodies::messages : Bodies::none);
  std::string request;
  codec::append_logd_head(request, stats ? "STATS" : what == Asked::head ? "HEAD" : "READ", arguments.size());
  for (const std::uint64_t argument : arguments) codec::append_logd_argument(request, std::to_string(argument));
  session_.send(request);
}

void RemoteTail::ask_for_rest() {
  if (next_ > head_ + 1 || read_up_to() > head_) return lost_its_end();
  const auto last = expect_last();
  if (last && *last + 1 == next_) return read_from(*last);
  expect_nothing();
  read_from(next_);
}

void RemoteTail::read_from(std::uint64_t id) {
  if (end_ && (*end_ == 0 || id > *end_)) return end();
  ask(Asked::read, {id, end_ ? *end_ + 1 - std::max<std::uint64_t>(id, 1) : 0});
}

Result<void> RemoteTail::take(const codec::LogdReply& reply) {
  switch (std::exchange(asked_, Asked::nothing)) {
    case Asked::stats:
      take_stats(reply);
      return {};
    case Asked::head:
      return take_head(reply);
    case Asked::read:
      asked_ = Asked::read;
      return take_answer(reply);
    case Asked::nothing:
      break;
  }
  return base::fail(Kind::protocol, "read " + name_, "an answer to nothing");
}

// An old server does not know STATS: then every log is the same.
void RemoteTail::take_stats(const codec::LogdReply& reply) {
  const bool told = reply.kind == codec::LogdReply::Kind::ok;
  const std::string log(told ? codec::logd_statistic(reply.text, "log") : "");
  found(log.empty() ? "-" : log);
  ask(Asked::head);
}

Result<void> RemoteTail::take_head(const codec::LogdReply& reply) {
  const auto head = reply.text.empty() ? base::Result<std::uint64_t>(0) : base::parse_number(reply.text);
  if (reply.kind != codec::LogdReply::Kind::ok || !head)
    return base::fail(Kind::protocol, "read " + name_, "HEAD is answered with " + base::quote(reply.text, kShown));
  head_ = *head;
  if (place_.log == 0) begin();
  if (!end_ && !options_.follow) end_ = head_;
  ask_for_rest();
  return {};
}

Result<void> RemoteTail::take_answer(const codec::LogdReply& reply) {
  using enum codec::LogdReply::Kind;
  switch (reply.kind) {
    case ok:
      patience_.stop();
      session_.proved();
      return {};
    case message:
      return take_message(reply);
    case end:
      this->end();
      return {};
    case error:
    case client_error:
      if (reply.text != "not found") break;
      not_found(reply.kind == error);
      return {};
  }
  return base::fail(Kind::temporary, "read " + name_, "READ is answered with " + base::quote(reply.text, kShown));
}

// The last message that was read, which was asked for before those that follow. False: it is one of those already.
Result<bool> RemoteTail::take_expected(const codec::LogdReply& reply) {
  if (!expects()) return false;
  if (!fits(reply.id, reply.text)) return base::fail(Kind::temporary, "read " + name_, "asking for its oldest message");
  return reply.id < next_;
}

Result<void> RemoteTail::take_message(const codec::LogdReply& reply) {
  if (TRY(take_expected(reply))) return {};
  if (reply.id < next_)
    return base::fail(Kind::protocol, "read " + name_,
                      "message " + std::to_string(reply.id) + " came where " + std::to_string(next_) + " was due");
  if (wanted_) {
    report_(Level::warning, "read " + name_ + ": " +
                                (reply.id > *wanted_ ? range_of(*wanted_, reply.id - 1) + " is there no more; " : "") +
                                "beginning with " + std::to_string(reply.id));
    wanted_.reset();
  }
  if (end_ && reply.id > *end_) {
    end();
    return {};
  }
  next_ = reply.id + 1;
  quiet_ = false;
  if (skip_ > 0) {
    --skip_;
    return {};
  }
  hold(reply.id, reply.text);
  if (held_bytes() >= kEnough) session_.hold(true);
  return {};
}

// ---- where to begin

// The log that answers; it may be another one than before.
void RemoteTail::found(const std::string& log) {
  if (place_.log != 0 && log_ == log) return;
  if (place_.log != 0) {
    report_(Level::warning, "read " + name_ + ": it is another log than before; beginning with its oldest message");
    finished_.push_back(place_.log);
    options_.start = Start{};
    end_.reset();
    wanted_.reset();
    expect_nothing();
    drop_held();
    place_.log = 0;
  }
  log_ = log;
  if (recall("it is another log than the remembered one; beginning anew")) next_ = place_.at + 1;
}

void RemoteTail::begin() {
  quiet_ = options_.start.kind == Start::Kind::last_lines;
  next_ = first_to_read();
  begin_behind(next_ > 1 ? next_ - 1 : 0);
}

void RemoteTail::ask_for_oldest() {
  next_ = skip_ = 0;
  quiet_ = false;
  wanted_.reset();
}

// The id; 0: the oldest there is.
std::uint64_t RemoteTail::first_to_read() {
  const std::uint64_t number = options_.start.number;
  switch (options_.start.kind) {
    case Start::Kind::oldest:
      return 0;
    case Start::Kind::newest:
      return head_ + 1;
    case Start::Kind::last_lines:
      return number > head_ ? 0 : head_ + 1 - number;
    case Start::Kind::from_line:
      skip_ = std::max<std::uint64_t>(number, 1) - 1;
      return 0;
    case Start::Kind::from_id:
      break;
  }
  if (number <= head_ + 1) return number;
  report_(Level::warning, "read " + name_ + ": --from " + std::to_string(number) +
                              (head_ == 0 ? ": the log is empty" : " is past its end, at " + std::to_string(head_)) +
                              "; beginning with " + std::to_string(head_ + 1));
  return head_ + 1;
}

// Deleted, as we know, since somebody asked for it or would have got it next; or the log ends before it.
void RemoteTail::not_found(bool deleted) {
  if (!deleted) return lost_its_end();
  if (expects()) {
    expect_nothing();
    return read_from(next_);
  }
  if (!quiet_) wanted_ = next_;
  next_ = 0;
  read_from(next_);
}

void RemoteTail::lost_its_end() {
  const std::uint64_t upto = std::max(read_up_to(), next_ > 0 ? next_ - 1 : 0);
  const std::string why = "it ends at " + std::to_string(head_) + ", and was read up to " + std::to_string(upto);
  if (!options_.follow) return fail(Kind::data, why);
  session_.proceed("read " + name_ + ": " + why);
  lost();
}

void RemoteTail::lost() {
  asked_ = Asked::nothing;
  if (!options_.follow && !patience_.active()) patience_.start(options_.session.dial.connect_timeout);
}

void RemoteTail::end() {
  ended_ = true;
  patience_.stop();
  session_.stop();
}

void RemoteTail::fail(Kind kind, const std::string& why) {
  report_(Level::error, "read " + name_ + ": " + why);
  if (!failure_) failure_ = kind;
  end();
}

Result<void> RemoteTail::reopen() {
  if (const auto& tls = options_.session.dial.tls) TRY(tls->reload());
  if (!session_.connected()) session_.hurry();
  return {};
}

void RemoteTail::stop() {
  stopped_ = true;
  session_.stop();
}

std::string RemoteTail::state() const {
  return (options_.follow ? "following " : "reading ") + name_ + ", " + session_.state();
}

}  // namespace logtail
