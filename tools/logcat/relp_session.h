// One accepted connection of a RELP listener.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "codec/relp_server.h"
#include "event/loop.h"
#include "net/peer_log.h"
#include "net/transport.h"
#include "stream/batch.h"

namespace logcat {

class RelpSession {
 public:
  // Called inside Loop::wait; may destroy the connection.
  class Owner {
   public:
    virtual void ready(RelpSession& connection) = 0;     // receive() has something to do
    virtual void writable(RelpSession& connection) = 0;  // send() has
    virtual void overdue(RelpSession& connection) = 0;   // the time given to call_after() is over

   protected:
    ~Owner() = default;
  };

  // Watched from the start. Must not be moved in memory, nor outlive its owner.
  RelpSession(event::Loop& loop, net::Transport transport, const codec::RelpServerOptions& options,
              std::uint64_t number, Owner& owner);

  // One turn, at most a buffer full. What comes to an end (the peer closes, breaks the protocol, is lost) shuts the
  // session: what it sent before is still answered where that is possible. Only what people should know is an error.
  base::Result<void> receive(std::span<char> buffer, stream::Batch& out, std::uint64_t before);

  // Writes what can be written now, and watches for what is to happen next.
  void send();

  // Not received from before hold(false): there is no room for what it sends.
  void hold(bool held);

  // Nothing is left to do: destroy it.
  [[nodiscard]] bool over() const { return lost_ || (session_.finished() && session_.output().empty()); }
  // More was received than was taken: call receive() without waiting.
  [[nodiscard]] bool has_more() const { return wants_input() && transport_.buffered(); }
  // A goodbye, so that the last answers arrive.
  void part();

  void call_after(base::Duration time) { deadline_.start(time); }
  [[nodiscard]] base::Instant accepted() const { return accepted_; }
  // When bytes were last moved in either direction.
  [[nodiscard]] base::Instant last_moved() const { return last_moved_; }
  // It is the other side's turn: nothing it sent waits for us.
  [[nodiscard]] bool peers_turn() const { return !held_ && session_.unanswered() == 0; }

  [[nodiscard]] codec::RelpServer& session() { return session_; }
  [[nodiscard]] const codec::RelpServer& session() const { return session_; }
  [[nodiscard]] const std::string& peer() const { return transport_.name(); }
  [[nodiscard]] std::uint64_t number() const { return number_; }

  std::shared_ptr<const net::Peer> sender;  // where its owner keeps track of that
  std::size_t accounted = 0;                // of session().pending(), what its owner has in its sum
  bool touched = false;                     // its owner has new answers for it

 private:
  base::Result<void> shake_hands();
  [[nodiscard]] bool wants_input() const;
  [[nodiscard]] base::Error with_peer(base::Error error) const;
  void watch();
  void lose();

  net::Transport transport_;
  codec::RelpServer session_;
  std::uint64_t number_;
  event::Io readable_;
  event::Io writable_;
  event::Timer deadline_;
  base::Instant accepted_;
  base::Instant last_moved_;
  bool greeted_ = false;  // the transport's handshake is done
  bool spoke_ = false;    // the peer's first bytes have come
  bool held_ = false;
  bool blocked_ = false;       // the socket is full
  bool read_blocked_ = false;  // and so TLS cannot read
  bool lost_ = false;
};

}  // namespace logcat
