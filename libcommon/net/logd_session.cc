#include "net/logd_session.h"

#include <utility>

namespace net {
namespace {

constexpr std::size_t kBuffer = 256 << 10;
constexpr int kReadRounds = 16;  // buffers full of answers, then others have their turn

}  // namespace

LogdSession::LogdSession(event::Loop& loop, std::vector<Url> urls, LogdOptions options, base::Report report,
                         Events events)
    : loop_(loop),
      options_(std::move(options)),
      events_(std::move(events)),
      dialer_(loop, std::move(urls), options_.dial, std::move(report),
              {.connected = [this](Link link) { take(std::move(link)); }, .waiting = events_.waiting}),
      buffer_(std::make_unique_for_overwrite<char[]>(kBuffer)) {}

void LogdSession::stop() {
  if (dialogue_) dialogue_->connection.part();
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
  dialogue_.emplace(loop_, std::move(link), static_cast<Connection::Owner&>(*this), options_.max_body);
  events_.connected();
}

void LogdSession::send(std::string_view request, std::size_t owed) {
  dialogue_->connection.output().append(request);
  if (owed_ == 0 && owed > 0) dialogue_->connection.set_deadline(options_.timeout);
  owed_ += owed;
  dialogue_->connection.flush();
}

void LogdSession::expect(codec::LogdReplyReader::Bodies bodies) {
  dialogue_->replies.expect(bodies);
}

void LogdSession::hold(bool held) {
  if (dialogue_) dialogue_->connection.hold(held);
}

void LogdSession::may_end(bool may) {
  dialogue_->may_end = may;
}

void LogdSession::proved() {
  if (dialogue_) dialogue_->proved = true;
  dialer_.succeeded();
  dialer_.recovered(peer());
}

void LogdSession::readable() {
  const Connection& connection = dialogue_->connection;
  if (connection.held() && connection.failed()) return lose(connection.failure()->text());
  for (int round = 0; round < kReadRounds; ++round)
    if (!dialogue_ || dialogue_->connection.held() || !receive_some()) return;
}

// False: nothing more now.
bool LogdSession::receive_some() {
  const auto got = dialogue_->connection.receive({buffer_.get(), kBuffer});
  if (!got) {
    lose(got.error().text());
    return false;
  }
  std::string_view bytes(buffer_.get(), got->bytes);
  while (dialogue_) {
    codec::LogdReply reply;
    const auto whole = dialogue_->replies.next(bytes, reply);
    if (!whole) {
      lose("receive from " + peer() + ": " + whole.error().why);
      return false;
    }
    if (!*whole) break;
    if (reply.kind != codec::LogdReply::Kind::message && owed_ > 0) --owed_;
    if (owed_ == 0) dialogue_->connection.set_deadline(base::Duration::zero());
    dialogue_->answered = true;
    if (const auto taken = events_.reply(reply); !taken) {
      lose(taken.error().text());
      return false;
    }
  }
  if (!dialogue_) return false;
  if (got->bytes > 0 && owed_ > 0) dialogue_->connection.set_deadline(options_.timeout);
  if (got->end)
    lose("receive from " + peer() + ": the server has closed the connection" +
         (dialogue_->answered || !peer().starts_with("logd:")
              ? ""
              : " before it answered anything; does it want TLS (logds://)?"));
  return dialogue_ && !got->would_block;
}

// Where the server does not read, it cannot answer what has not reached it.
void LogdSession::overdue() {
  if (dialogue_->connection.peer_has_yet_to_read()) return dialogue_->connection.set_deadline(options_.timeout);
  lose("receive from " + peer() + ": no answer within " + base::format_duration(options_.timeout));
}

void LogdSession::lose(std::string why) {
  const bool proved = dialogue_->proved;
  const bool expected = dialogue_->may_end;
  disconnect();
  if (expected) return events_.ended();
  dialer_.warn(why);
  proved ? dialer_.restart() : dialer_.proceed();
  events_.lost();
}

void LogdSession::disconnect() {
  owed_ = 0;
  dialogue_.reset();
}

std::size_t LogdSession::unsent() const {
  return dialogue_ ? dialogue_->connection.unsent() : 0;
}

std::string LogdSession::peer() const {
  return dialogue_ ? dialogue_->connection.peer() : "";
}

std::string LogdSession::state() const {
  return dialogue_ ? "connected to " + peer() : dialer_.state();
}

}  // namespace net
