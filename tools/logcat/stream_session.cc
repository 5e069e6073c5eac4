#include "tools/logcat/stream_session.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <utility>

namespace logcat {

using base::Result;

StreamSession::StreamSession(event::Loop& loop, net::Transport transport, WireReader wire, Owner& owner)
    : transport_(std::move(transport)),
      wire_(std::move(wire)),
      readable_(loop, transport_.fd(), event::Interest::read, [this, &owner] { owner.readable(*this); }),
      writable_(loop, transport_.fd(), event::Interest::write, [this, &owner] { owner.readable(*this); }),
      idle_(loop, [this, &owner] { owner.idle(*this); }),
      last_received_(base::now()) {
  readable_.start();
}

Result<bool> StreamSession::receive(std::span<char> buffer, stream::Batch& out) {
  if (!greeted_ && !TRY(shake_hands())) return !left_;  // after take_no_more() nobody waits for a handshake
  auto got = transport_.read_some(buffer);
  if (!got) {
    (void)wire_.finish(out);  // the reason is told already
    return tl::unexpected(with_peer(std::move(got.error())));
  }
  wait_to_write(got->would_block && transport_.wants_write() && !left_);
  if (got->bytes > 0) {
    last_received_ = base::now();
    if (auto fed = wire_.feed({buffer.data(), got->bytes}, out); !fed)
      return tl::unexpected(with_peer(std::move(fed.error())));
  }
  if (got->end) {
    TRY(finish(out));
    return false;
  }
  if (!left_) return true;
  *left_ -= std::min(*left_, got->bytes);
  return got->bytes > 0 && *left_ > 0;  // what is incomplete then was never finished by its sender
}

// TLS has more on the wire than comes out of it: the bytes are a limit, and nothing more to read ends it too.
void StreamSession::take_no_more() {
  watch(false);
  int unread = 0;
  if (::ioctl(transport_.fd(), FIONREAD, &unread) != 0) unread = 0;
  left_ = static_cast<std::size_t>(unread) + (transport_.buffered() ? 1 : 0);
}

Result<bool> StreamSession::shake_hands() {
  auto done = transport_.handshake();
  if (!done) return tl::unexpected(with_peer(std::move(done.error())));
  greeted_ = *done;
  wait_to_write(!greeted_ && transport_.wants_write());
  return greeted_;
}

Result<void> StreamSession::finish(stream::Batch& out) {
  auto finished = wire_.finish(out);
  if (!finished) return tl::unexpected(with_peer(std::move(finished.error())));
  return {};
}

void StreamSession::watch(bool active) {
  watched_ = active;
  readable_.set(active);
  if (!active) writable_.stop();
}

// What came meanwhile cannot be read, and must not keep the loop spinning.
void StreamSession::wait_to_write(bool waits) {
  writable_.set(waits);
  readable_.set(!waits && watched_);
}

base::Error StreamSession::with_peer(base::Error error) const {
  error.what = "receive from " + peer();
  return error;
}

}  // namespace logcat
