#include "tools/logcat/relp_session.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "codec/foreign.h"

namespace logcat {
namespace {

using base::Result;

// A client that has so much to read, or to hear of, is not received from. The largest window that a librelp client is
// commonly given is 20,000.
constexpr std::size_t kMaxOutput = 64 << 10;
constexpr std::size_t kMaxUnanswered = 32 << 10;

}  // namespace

RelpSession::RelpSession(event::Loop& loop, net::Transport transport, const codec::RelpServerOptions& options,
                         std::uint64_t number, Owner& owner)
    : transport_(std::move(transport)),
      session_(options),
      number_(number),
      readable_(loop, transport_.fd(), event::Interest::read, [this, &owner] { owner.ready(*this); }),
      writable_(loop, transport_.fd(), event::Interest::write,
                [this, &owner] {
                  blocked_ = false;
                  const bool reads = std::exchange(read_blocked_, false) || !greeted_;
                  reads ? owner.ready(*this) : owner.writable(*this);
                }),
      deadline_(loop, [this, &owner] { owner.overdue(*this); }),
      accepted_(base::now()),
      last_moved_(accepted_) {
  const int on = 1;  // answers must not wait for the acknowledgement of those before
  (void)::setsockopt(transport_.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch();
}

Result<void> RelpSession::receive(std::span<char> buffer, stream::Batch& out, std::uint64_t before) {
  if (!greeted_) TRY(shake_hands());
  if (!greeted_ || !wants_input()) return {};
  auto got = transport_.read_some(buffer);
  if (!got) {
    lose();
    return tl::unexpected(with_peer(std::move(got.error())));
  }
  read_blocked_ = got->would_block && transport_.wants_write();
  if (got->bytes > 0) {
    last_moved_ = base::now();
    const std::string_view bytes(buffer.data(), got->bytes);
    auto fed = session_.feed(bytes, out, before);
    if (!std::exchange(spoke_, true) && !fed)
      if (const auto foreign = codec::foreign_protocol(bytes); foreign && !foreign->empty())
        fed.error().why = std::string(*foreign) + " came to a port for RELP";
    if (!fed) session_.shut();
    watch();
    if (!fed) return tl::unexpected(with_peer(std::move(fed.error())));
  }
  if (got->end) {
    session_.shut();
    watch();
  }
  return {};
}

Result<void> RelpSession::shake_hands() {
  auto done = transport_.handshake();
  if (!done) {
    lose();
    return tl::unexpected(with_peer(std::move(done.error())));
  }
  greeted_ = *done;
  blocked_ = !greeted_ && transport_.wants_write();
  watch();
  return {};
}

void RelpSession::send() {
  while (!lost_ && !blocked_ && !session_.output().empty()) {
    const std::string_view output = session_.output();
    const auto moved = transport_.write_some(output);
    if (!moved) return lose();  // a client that is gone sends again what it was not answered
    if (moved->bytes > 0) last_moved_ = base::now();
    blocked_ = moved->bytes < output.size();
    session_.sent(moved->bytes);
  }
  watch();
}

void RelpSession::hold(bool held) {
  held_ = held;
  watch();
}

bool RelpSession::wants_input() const {
  return !lost_ && !held_ && !read_blocked_ && !session_.closing() && session_.output().size() < kMaxOutput &&
         session_.unanswered() < kMaxUnanswered;
}

void RelpSession::watch() {
  readable_.set(greeted_ ? wants_input() : !lost_ && !held_ && !blocked_);
  writable_.set((blocked_ || read_blocked_) && !lost_);
}

void RelpSession::lose() {
  lost_ = true;
  watch();
}

// Closing with something unread would send a reset, which may take from the client what it has not yet read.
void RelpSession::part() {
  if (lost_ || !transport_.shut_down()) return;
  constexpr int kRounds = 64;
  std::array<char, 16384> buffer;
  for (int i = 0; i < kRounds; ++i) {
    const auto got = transport_.read_some(buffer);
    if (!got || got->bytes == 0) return;
  }
}

base::Error RelpSession::with_peer(base::Error error) const {
  error.what = "receive RELP from " + peer();
  return error;
}

}  // namespace logcat
