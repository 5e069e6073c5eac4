#include "tools/logcat/connection.h"

#include <utility>

#include "base/io.h"
#include "net/socket.h"

namespace logcat {

using base::Result;

Connection::Connection(event::Loop& loop, base::Fd fd, WireReader wire, Owner& owner)
    : fd_(std::move(fd)),
      peer_(net::peer_address(fd_.get())),
      wire_(std::move(wire)),
      readable_(loop, fd_.get(), event::Interest::read, [this, &owner] { owner.readable(*this); }),
      idle_(loop, [this, &owner] { owner.idle(*this); }),
      last_received_(base::now()) {
  readable_.start();
}

Result<bool> Connection::receive(std::span<char> buffer, stream::Batch& out) {
  auto got = base::read_some(fd_.get(), buffer, peer_);
  if (!got) {
    (void)wire_.finish(out);  // the reason is told already
    return tl::unexpected(with_peer(std::move(got.error())));
  }
  if (got->would_block) return true;
  if (got->end) {
    TRY(finish(out));
    return false;
  }
  last_received_ = base::now();
  if (auto fed = wire_.feed({buffer.data(), got->bytes}, out); !fed)
    return tl::unexpected(with_peer(std::move(fed.error())));
  return true;
}

Result<void> Connection::finish(stream::Batch& out) {
  auto finished = wire_.finish(out);
  if (!finished) return tl::unexpected(with_peer(std::move(finished.error())));
  return {};
}

void Connection::watch(bool active) {
  watched_ = active;
  readable_.set(active);
}

base::Error Connection::with_peer(base::Error error) const {
  error.what = "receive from " + peer_;
  return error;
}

}  // namespace logcat
