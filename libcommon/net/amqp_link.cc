#include "net/amqp_link.h"

#include <algorithm>

namespace net {
namespace {

using base::Result;
using Stage = codec::AmqpSession::Stage;

constexpr std::size_t kAmqpBuffer = 256 << 10;
constexpr int kAmqpReadRounds = 16;  // buffers, then others have their turn
constexpr std::chrono::seconds kMostHeartbeat(60);

std::vector<Url> urls_of(const std::vector<AmqpAddress>& addresses) {
  std::vector<Url> urls;
  urls.reserve(addresses.size());
  for (const AmqpAddress& address : addresses) urls.push_back(address.url);
  return urls;
}

// Twice in the time after which the connection is dead.
std::chrono::seconds heartbeat_for(base::Duration timeout) {
  const auto half = std::chrono::duration_cast<std::chrono::seconds>(timeout / 2);
  return timeout == base::Duration::zero() ? half : std::clamp(half, std::chrono::seconds(1), kMostHeartbeat);
}

}  // namespace

AmqpLink::AmqpLink(event::Loop& loop, std::vector<AmqpAddress> addresses, AmqpOptions options, base::Report report,
                   Owner& owner)
    : loop_(loop),
      address_(addresses.front()),
      options_(std::move(options)),
      report_(std::move(report)),
      owner_(owner),
      dialer_(loop, urls_of(addresses), options_.dial, report_,
              {.connected = [this](Link link) { connect(std::move(link)); },
               .waiting = [this] { return owner_.waiting(); }}),
      buffer_(std::make_unique_for_overwrite<char[]>(kAmqpBuffer)),
      beat_(loop, [this] { beat(); }) {}

void AmqpLink::restart() {
  dialer_.reload_certificates();
  disconnect();
  dialer_.start();
}

void AmqpLink::reload() {
  if (!ready()) return restart();
  dialer_.reload_certificates();
}

void AmqpLink::stop() {
  if (connection_) connection_->part();
  disconnect();
  dialer_.stop();
}

void AmqpLink::leave() {
  leaving_ = true;
  session_.close();
  hold(false);
  send();
}

void AmqpLink::hurry() {
  if (!connection_) dialer_.hurry();
}

void AmqpLink::proved() {
  proved_ = true;
  told_.clear();
  dialer_.succeeded();
  if (connection_) dialer_.recovered(connection_->peer());
}

void AmqpLink::hold(bool held) {
  if (!connection_ || connection_->held() == held) return;
  heard_ = base::now();
  connection_->hold(held);
}

std::string AmqpLink::place() const {
  return connection_ ? connection_->peer() : address_.url.text();
}

std::string AmqpLink::state() const {
  if (!connection_) return dialer_.state();
  return (ready() ? "connected to " : "logging in to ") + connection_->peer() +
         (blocked() ? " (it takes nothing for now: " + *blocked() + ")" : "");
}

// ---- the connection

void AmqpLink::connect(Link link) {
  connection_ = std::make_unique<Connection>(loop_, std::move(link), static_cast<Connection::Owner&>(*this));
  heard_ = base::now();
  proved_ = leaving_ = told_blocked_ = false;
  auto login = this->login();
  if (!login) return lose(login.error().text());
  session_.open(std::move(*login), options_.requests);
  if (options_.timeout > base::Duration::zero()) connection_->set_deadline(options_.timeout);
  send();
}

Result<codec::AmqpLogin> AmqpLink::login() const {
  codec::AmqpLogin login{
      .vhost = address_.vhost, .version = options_.version, .most_heartbeat = heartbeat_for(options_.timeout)};
  const auto own = TRY(options_.read_credentials());
  if (!address_.url.user.empty()) login.user = address_.url.user;
  if (!address_.url.password.empty()) login.password = address_.url.password;
  if (!own) return login;
  if (!own->first.empty()) login.user = own->first;
  login.password = own->second;
  return login;
}

void AmqpLink::send() {
  while (connection_ && session_.output().size() > 0) {
    const std::size_t taken = connection_->write(session_.output().view());
    if (taken == 0) return;
    session_.sent(taken);
  }
}

void AmqpLink::writable() {
  send();
  if (connection_) owner_.progressed();
}

void AmqpLink::readable() {
  if (connection_->held() && connection_->failed()) return lose(connection_->failure()->text());
  for (int round = 0; round < kAmqpReadRounds; ++round)
    if (!connection_ || connection_->held() || !receive_some()) return;
}

// False: nothing more now.
bool AmqpLink::receive_some() {
  const auto got = connection_->receive({buffer_.get(), kAmqpBuffer});
  if (!got) {
    lose(got.error().text());
    return false;
  }
  if (got->bytes > 0) heard_ = base::now();
  const auto fed = session_.feed({buffer_.get(), got->bytes}, static_cast<codec::AmqpSession::Owner&>(*this));
  if (!fed && fed.error().kind != base::Kind::protocol) {
    stop();
    owner_.failed(fed.error());
    return false;
  }
  if (!fed || session_.stage() == Stage::left) {
    lose(fed ? "" : fed.error().why);
    return false;
  }
  send();
  tell_blocked();
  if (got->bytes > 0) owner_.progressed();
  if (connection_ && got->end) {
    const bool silent = session_.stage() == Stage::opening && address_.url.scheme == "amqp" && got->bytes == 0;
    lose(std::string("the server closes the connection") +
         (silent ? " before it has let anybody in; does it want TLS (amqps://)?" : ""));
  }
  return connection_ && !got->would_block;
}

Result<void> AmqpLink::opened() {
  if (const auto pause = session_.heartbeat() / 2.0; pause.count() > 0)
    beat_.start(std::chrono::duration_cast<base::Duration>(pause));
  return owner_.opened();
}

Result<void> AmqpLink::heard(codec::AmqpMethod method, codec::AmqpCursor arguments) {
  return owner_.heard(method, arguments);
}

Result<void> AmqpLink::content(codec::AmqpMethod method, codec::AmqpCursor arguments, std::string_view properties,
                               std::uint64_t size) {
  return owner_.content(method, arguments, properties, size);
}

Result<void> AmqpLink::body(std::string_view piece) {
  return owner_.body(piece);
}

// Where anything was written meanwhile, the server has heard enough.
void AmqpLink::beat() {
  if (connection_->bytes_written() == written_) session_.beat();
  written_ = connection_->bytes_written();
  beat_.start(std::chrono::duration_cast<base::Duration>(session_.heartbeat() / 2.0));
  send();
}

// Without heartbeats a server may be silent as long as it owes nothing; so may one that takes nothing for now.
void AmqpLink::overdue() {
  const base::Duration left = heard_ + options_.timeout - base::now();
  const bool may_be_silent =
      connection_->held() || (ready() && session_.heartbeat().count() == 0 && (owner_.waiting() == 0 || blocked()));
  if (may_be_silent || left > base::Duration::zero())
    return connection_->set_deadline(
        std::max<base::Duration>(may_be_silent ? options_.timeout : left, std::chrono::milliseconds(1)));
  lose("the server says nothing for " + base::format_duration(options_.timeout));
}

// What the server itself says is told again when it is something else: people may have to mend several things.
void AmqpLink::lose(std::string why) {
  const std::optional<codec::AmqpClosure> closure = session_.closure();
  const bool leaving = leaving_;
  const bool proved = proved_;
  if (!why.starts_with(place())) why = place() + ": " + why;
  disconnect();
  if (leaving) return owner_.left();
  if (!dialer_.warn(why) && closure && told_ != why) dialer_.warn_again(why);
  if (closure) told_ = why;
  proved ? dialer_.restart() : dialer_.proceed();
  owner_.lost(closure ? &*closure : nullptr);
}

void AmqpLink::disconnect() {
  beat_.stop();
  session_.disconnect();
  connection_.reset();
  leaving_ = proved_ = false;
}

void AmqpLink::tell_blocked() {
  if (blocked().has_value() == told_blocked_) return;
  told_blocked_ = blocked().has_value();
  if (told_blocked_)
    report_(base::Level::warning, place() + ": the server takes nothing for now: " + *blocked());
  else
    report_(base::Level::note, place() + ": the server takes messages again");
}

}  // namespace net
