#include "tools/logcat/stream_session.h"

#include <utility>

namespace logcat {

using base::Result;

StreamSession::StreamSession(event::Loop& loop, net::Transport transport, WireReader wire, Owner& owner)
    : owner_(owner),
      connection_(loop, std::move(transport), static_cast<net::Connection::Owner&>(*this), {.task = "receive from"}),
      wire_(std::move(wire)) {}

Result<bool> StreamSession::receive(std::span<char> buffer, stream::Batch& out) {
  const bool was_established = connection_.established();
  const auto got = connection_.receive(buffer);
  if (!was_established && connection_.established())
    sender = net::identified(std::move(sender), connection_.transport().peer_identity());
  if (!got) {
    (void)wire_.finish(out);  // the reason is told already
    return tl::unexpected(got.error());
  }
  if (got->bytes > 0)
    if (auto fed = wire_.feed({buffer.data(), got->bytes}, out); !fed)
      return tl::unexpected(connection_.worded(std::move(fed.error())));
  if (connection_.closed_by_peer()) TRY(finish(out));
  return !got->end;
}

Result<void> StreamSession::finish(stream::Batch& out) {
  auto finished = wire_.finish(out);
  if (!finished) return tl::unexpected(connection_.worded(std::move(finished.error())));
  return {};
}

}  // namespace logcat
