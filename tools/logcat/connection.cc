#include "tools/logcat/connection.h"

#include <utility>

namespace logcat {

using base::Result;

Connection::Connection(event::Loop& loop, net::Transport transport, WireReader wire, Owner& owner)
    : transport_(std::move(transport)),
      wire_(std::move(wire)),
      readable_(loop, transport_.fd(), event::Interest::read, [this, &owner] { owner.readable(*this); }),
      writable_(loop, transport_.fd(), event::Interest::write, [this, &owner] { owner.readable(*this); }),
      idle_(loop, [this, &owner] { owner.idle(*this); }),
      last_received_(base::now()) {
  readable_.start();
}

Result<bool> Connection::receive(std::span<char> buffer, stream::Batch& out) {
  if (!greeted_ && !TRY(shake_hands())) return true;
  auto got = transport_.read_some(buffer);
  if (!got) {
    (void)wire_.finish(out);  // the reason is told already
    return tl::unexpected(with_peer(std::move(got.error())));
  }
  writable_.set(got->would_block && transport_.wants_write());
  if (got->bytes > 0) {
    last_received_ = base::now();
    if (auto fed = wire_.feed({buffer.data(), got->bytes}, out); !fed)
      return tl::unexpected(with_peer(std::move(fed.error())));
  }
  if (!got->end) return true;
  TRY(finish(out));
  return false;
}

Result<bool> Connection::shake_hands() {
  auto done = transport_.handshake();
  if (!done) return tl::unexpected(with_peer(std::move(done.error())));
  greeted_ = *done;
  writable_.set(!greeted_ && transport_.wants_write());
  return greeted_;
}

Result<void> Connection::finish(stream::Batch& out) {
  auto finished = wire_.finish(out);
  if (!finished) return tl::unexpected(with_peer(std::move(finished.error())));
  return {};
}

void Connection::watch(bool active) {
  watched_ = active;
  readable_.set(active);
  if (!active) writable_.stop();
}

base::Error Connection::with_peer(base::Error error) const {
  error.what = "receive from " + peer();
  return error;
}

}  // namespace logcat
