// One accepted connection of a listener.
#pragma once

#include <span>
#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "event/loop.h"
#include "stream/batch.h"
#include "tools/logcat/wire.h"

namespace logcat {

class Connection {
 public:
  // Called inside Loop::wait; may destroy the connection.
  class Owner {
   public:
    virtual void readable(Connection& connection) = 0;
    virtual void idle(Connection& connection) = 0;

   protected:
    ~Owner() = default;
  };

  // Watched from the start. Must not be moved in memory, nor outlive its owner.
  Connection(event::Loop& loop, base::Fd fd, WireReader wire, Owner& owner);

  // One turn, at most a buffer full, so that others get theirs. False: the peer has closed. An error ends the
  // connection as well. The messages before either are in `out`.
  base::Result<bool> receive(std::span<char> buffer, stream::Batch& out);

  // Ends it from this side: an unterminated last line is a message.
  base::Result<void> finish(stream::Batch& out);

  void watch(bool active);
  [[nodiscard]] bool watched() const { return watched_; }

  // Calls Owner::idle once, `after` from now.
  void call_when_idle(base::Duration after) { idle_.start(after); }
  [[nodiscard]] base::Instant last_received() const { return last_received_; }

  [[nodiscard]] const std::string& peer() const { return peer_; }
  [[nodiscard]] std::size_t pending() const { return wire_.pending(); }
  [[nodiscard]] std::uint64_t split() const { return wire_.split(); }

  std::size_t accounted = 0;  // of pending(), what its owner has in its sum

 private:
  base::Error with_peer(base::Error error) const;

  base::Fd fd_;
  std::string peer_;
  WireReader wire_;
  event::Io readable_;
  event::Timer idle_;
  base::Instant last_received_;
  bool watched_ = true;
};

}  // namespace logcat
