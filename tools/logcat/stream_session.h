// What is spoken on one accepted connection of a listener: messages, in some framing.
#pragma once

#include <memory>
#include <span>

#include "event/loop.h"
#include "net/connection.h"
#include "net/peer_log.h"
#include "net/transport.h"
#include "stream/batch.h"
#include "tools/logcat/wire.h"

namespace logcat {

class StreamSession final : private net::Connection::Owner {
 public:
  // Called inside Loop::wait; may destroy the session.
  class Owner {
   public:
    virtual void readable(StreamSession& session) = 0;
    virtual void overdue(StreamSession& session) = 0;  // no handshake, or idle for too long

   protected:
    ~Owner() = default;
  };

  // Must not be moved in memory, nor outlive its owner.
  StreamSession(event::Loop& loop, net::Transport transport, WireReader wire, Owner& owner);

  // One turn, at most a buffer full, so that others get theirs. False: nothing more will come. An error ends the
  // connection as well. The messages before either are in `out`.
  base::Result<bool> receive(std::span<char> buffer, stream::Batch& out);

  // Ends it from this side: an unterminated last line is a message.
  base::Result<void> finish(stream::Batch& out);

  [[nodiscard]] net::Connection& connection() { return connection_; }
  [[nodiscard]] std::size_t pending() const { return wire_.pending(); }
  [[nodiscard]] std::uint64_t split() const { return wire_.split(); }

  std::shared_ptr<const net::Peer> sender;

 private:
  void readable() override { owner_.readable(*this); }
  void writable() override {}
  void overdue() override { owner_.overdue(*this); }

  Owner& owner_;
  net::Connection connection_;
  WireReader wire_;
};

}  // namespace logcat
