// One accepted connection of a listener.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "event/loop.h"
#include "net/peer_log.h"
#include "net/transport.h"
#include "stream/batch.h"
#include "tools/logcat/wire.h"

namespace logcat {

class StreamSession {
 public:
  // Called inside Loop::wait; may destroy the connection.
  class Owner {
   public:
    virtual void readable(StreamSession& connection) = 0;
    virtual void idle(StreamSession& connection) = 0;

   protected:
    ~Owner() = default;
  };

  // Watched from the start. Must not be moved in memory, nor outlive its owner.
  StreamSession(event::Loop& loop, net::Transport transport, WireReader wire, Owner& owner);

  // One turn, at most a buffer full, so that others get theirs. False: the peer has closed. An error ends the
  // connection as well. The messages before either are in `out`.
  base::Result<bool> receive(std::span<char> buffer, stream::Batch& out);

  // Ends it from this side: an unterminated last line is a message.
  base::Result<void> finish(stream::Batch& out);

  void watch(bool active);
  [[nodiscard]] bool watched() const { return watched_; }
  // TLS, if there is any, is agreed on.
  [[nodiscard]] bool greeted() const { return greeted_; }
  // More was received than was taken: call receive() again without waiting.
  [[nodiscard]] bool has_more() const { return greeted_ && transport_.buffered(); }

  // Calls Owner::idle once, `after` from now.
  void call_when_idle(base::Duration after) { idle_.start(after); }
  [[nodiscard]] base::Instant last_received() const { return last_received_; }

  // From now on only what has come already is received; then receive() says that the peer has closed.
  void take_no_more();

  [[nodiscard]] const std::string& peer() const { return transport_.name(); }
  [[nodiscard]] std::size_t pending() const { return wire_.pending(); }
  [[nodiscard]] std::uint64_t split() const { return wire_.split(); }

  std::size_t accounted = 0;  // of pending(), what its owner has in its sum
  std::shared_ptr<const net::Peer> sender;

 private:
  base::Result<bool> shake_hands();
  void wait_to_write(bool waits);
  base::Error with_peer(base::Error error) const;

  net::Transport transport_;
  WireReader wire_;
  event::Io readable_;
  event::Io writable_;  // only where TLS has something to say
  event::Timer idle_;
  base::Instant last_received_;
  std::optional<std::size_t> left_;  // to receive, after take_no_more()
  bool greeted_ = false;
  bool watched_ = true;
};

}  // namespace logcat
