#include "net/connection.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "codec/foreign.h"
#include "net/socket.h"

namespace net {

using base::Result;
using base::Transfer;

Connection::Connection(event::Loop& loop, Transport transport, Owner& owner, Wording wording)
    : transport_(std::move(transport)),
      owner_(&owner),
      wording_(wording),
      readable_(loop, transport_.fd(), event::Interest::read, [this] { owner_->readable(); }),
      writable_(loop, transport_.fd(), event::Interest::write, [this] { socket_writable(); }),
      again_(loop, [this] { owner_->readable(); }),
      limit_(loop, [this] { timed_out(); }),
      last_moved_(base::now()) {
  (void)shake_hands();  // receive() tells a failure
  if (!established_) limit_.start(kHandshakeTime);
}

Connection::Connection(event::Loop& loop, Link link, Owner& owner)
    : Connection(loop, std::move(link.transport), owner, Wording{}) {
  counter_ = link.counter;
}

Result<bool> Connection::shake_hands() {
  if (failure_) return tl::unexpected(*failure_);
  auto done = transport_.handshake();
  if (!done) failure_ = worded(std::move(done.error()));
  established_ = done && *done;
  read_blocked_ = !established_ && transport_.wants_write();
  if (established_ && !has_deadline_) set_idle_limit(idle_limit_);
  watch();
  if (failure_) return tl::unexpected(*failure_);
  return established_;
}

Result<Transfer> Connection::receive(std::span<char> into) {
  if (!established_) {
    const auto done = shake_hands();
    if (!done) return lost(done.error());
    if (!*done) return Transfer{.end = left_.has_value(), .would_block = true};  // whoever takes no more has no time
  }
  if (!may_receive() && failure_) return lost(*failure_);
  auto got = transport_.read_some(into);
  if (!got) return lost(failure_ ? *failure_ : worded(std::move(got.error())));
  if (got->would_block && failure_) return lost(*failure_);
  if (got->bytes > 0) {
    if (received_ == 0)
      if (auto fits = check_protocol({into.data(), got->bytes}); !fits) return refused(std::move(fits.error()));
    received_ += got->bytes;
    last_moved_ = base::now();
  }
  read_blocked_ = got->would_block && transport_.wants_write();
  closed_by_peer_ = got->end;
  if (left_) {
    *left_ -= std::min(*left_, got->bytes);
    got->end = got->end || got->bytes == 0 || *left_ == 0;  // what is unfinished then was never finished by its sender
  }
  ended_ = got->end;
  watch();
  return got;
}

// TLS has more on the wire than comes out of it: the bytes are a limit, and nothing more to read ends it too.
void Connection::take_no_more() {
  int unread = 0;
  if (::ioctl(transport_.fd(), FIONREAD, &unread) != 0) unread = 0;
  left_ = static_cast<std::size_t>(unread) + (transport_.buffered() ? 1 : 0);
}

void Connection::hold(bool held) {
  held_ = held;
  watch();
}

void Connection::wait(bool waits) {
  waiting_ = waits;
  watch();
}

std::size_t Connection::write(std::string_view bytes) {
  if (!established_ || blocked_ || failure_ || bytes.empty()) return 0;
  const auto moved = transport_.write_some(bytes);
  const std::size_t count = moved ? moved->bytes : 0;
  if (!moved) failure_ = worded(moved.error());  // what came before it is still received, and may say why
  blocked_ = count < bytes.size();
  written_ += count;
  if (count > 0) last_moved_ = base::now();
  watch();
  return count;
}

void Connection::flush() {
  sent_ += write(std::string_view(output_).substr(sent_));
  // Not before half of it is sent, so that a long message is not moved again and again.
  if (sent_ >= unsent()) output_.erase(0, std::exchange(sent_, 0));
}

void Connection::flush_later() {
  blocked_ = true;
  watch();
}

void Connection::release() {
  if (output_.empty()) std::string().swap(output_);
}

void Connection::socket_writable() {
  blocked_ = false;
  flush();
  const bool reads = may_receive() && std::exchange(read_blocked_, false);
  watch();
  reads ? owner_->readable() : owner_->writable();
}

void Connection::set_deadline(base::Duration after) {
  has_deadline_ = after > base::Duration::zero();
  idle_limit_ = {};
  has_deadline_ ? limit_.start(after) : limit_.stop();
}

void Connection::set_idle_limit(base::Duration limit) {
  has_deadline_ = false;
  idle_limit_ = limit;
  time_limit() > base::Duration::zero() ? limit_.start(time_limit()) : limit_.stop();
}

// While it waits for room it is us who make it wait.
void Connection::timed_out() {
  if (!has_deadline_) {
    const base::Duration limit = time_limit();
    const base::Duration left = waiting_ ? limit : last_moved_ + limit - base::now();
    if (left > base::Duration::zero()) return limit_.start(left);
  }
  owner_->overdue();
}

base::Duration Connection::time_limit() const {
  if (established_) return idle_limit_;
  return idle_limit_ > base::Duration::zero() ? std::min(idle_limit_, kHandshakeTime) : kHandshakeTime;
}

bool Connection::shut_down() {
  flush();
  if (failure_ || !established_ || unsent() > 0) return false;
  const auto done = transport_.shut_down();
  blocked_ = done && !*done;
  watch();
  return !blocked_;  // a peer that is gone does not hear it, and receiving tells
}

// Closing with something unread would send a reset, which may take from the peer what it has not yet read.
void Connection::part() {
  if (failure_ || !established_) return;
  if (!shut_down() && unsent() == 0) return;  // where not all is sent, a TLS peer is not told that it is
  constexpr int kRounds = 64;
  std::array<char, 16384> buffer;
  for (int i = 0; i < kRounds; ++i) {
    const auto got = transport_.read_some(buffer);
    if (!got || got->bytes == 0) return;
  }
}

std::uint64_t Connection::acknowledged() {
  const auto on_wire = counter_ ? counter_->acknowledged(written_) : std::nullopt;
  return on_wire ? transport_.acknowledged(*on_wire) : 0;
}

bool Connection::peer_has_yet_to_read() const {
  const auto queued = unacknowledged_bytes(transport_.fd());
  return queued && *queued > 0 && peer_is_full();
}

Result<Transfer> Connection::lost(base::Error error) {
  if (!failure_) failure_ = error;
  return refused(std::move(error));
}

Result<Transfer> Connection::refused(base::Error error) {
  ended_ = true;
  watch();
  return tl::unexpected(std::move(error));
}

base::Error Connection::worded(base::Error error) const {
  if (!wording_.task.empty()) error.what = std::string(wording_.task) + " " + peer();
  return error;
}

Result<void> Connection::check_protocol(std::string_view first_bytes) const {
  if (wording_.protocol.empty()) return {};
  const auto foreign = codec::foreign_protocol(first_bytes);
  if (!foreign || foreign->empty()) return {};
  return tl::unexpected(worded({base::Kind::protocol, "receive from " + peer(),
                                std::string(*foreign) + " came to a port for " + std::string(wording_.protocol)}));
}

// What came meanwhile cannot be read while TLS has something to send, and must not keep the loop spinning.
void Connection::watch() {
  const bool reads = may_receive() && !ended_ && (established_ || !failure_);
  readable_.set(reads && !read_blocked_);
  writable_.set((blocked_ && !failure_) || (reads && read_blocked_));
  const bool more = !ended_ && (failure_ || (reads && transport_.buffered()));
  if (!more)
    again_.stop();
  else if (!again_.active())
    again_.start(base::Duration::zero());
}

}  // namespace net
