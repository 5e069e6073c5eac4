// One connection, of a server or of a client, plain or TLS: all of it but the protocol that is spoken on it.
//
// It calls its owner, which drives: receive() what has come, write() or queue what is to be sent, hold() while there is
// no room for more. Nothing blocks. What goes wrong is told by receive(), after all that the peer had sent before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/io.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "net/acknowledgement.h"
#include "net/client_handshake.h"
#include "net/transport.h"

namespace net {

class Connection {
 public:
  // Called inside Loop::wait; each of these may destroy the connection.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void readable() = 0;  // receive() has something to do
    virtual void writable() = 0;  // the socket takes more; what was queued before has been offered to it
    virtual void overdue() = 0;   // the limit on time is over; see set_deadline()
  };

  // How errors begin: "receive RELP from 192.0.2.1:514: ...". Both are literals.
  struct Wording {
    // "receive RELP from"; empty: errors stay as they are.
    std::string_view task = {};
    // "RELP": a peer that begins with TLS or HTTP came to the wrong port; empty: it may.
    std::string_view protocol = {};
  };

  // As much unsent output is enough: see full().
  static constexpr std::size_t kMaxOutput = 64 << 10;
  // For TLS with a client, which is on its way from the start; then Owner::overdue() is called.
  static constexpr base::Duration kHandshakeTime = std::chrono::seconds(30);

  // One that a server has accepted. It is watched from the start, and must not be moved in memory nor outlive its
  // owner.
  Connection(event::Loop& loop, Transport transport, Owner& owner, Wording wording);
  // One that a client has made (Dialer).
  Connection(event::Loop& loop, Link link, Owner& owner);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // From now on this one is called: see Goodbye.
  void set_owner(Owner& owner) { owner_ = &owner; }

  // One read, after the handshake where there is one. What is left inside for which the socket does not become readable
  // makes Owner::readable() be called again, so that others have their turn before. After an error, and after the end,
  // nothing is received any more.
  base::Result<base::Transfer> receive(std::span<char> into);
  // While held, nothing is received: the peer feels it as back pressure. So it is while it waits for room in a server
  // (Connections), which is another matter.
  void hold(bool held);
  [[nodiscard]] bool held() const { return held_; }
  // From now on only what has come already is received, and then the end, which is not the peer's.
  void take_no_more();
  [[nodiscard]] bool closed_by_peer() const { return closed_by_peer_; }

  // What the socket takes now; the rest has to be given again, and is not queued here. Nothing once failed().
  std::size_t write(std::string_view bytes);

  // Nothing can be written before Owner::writable().
  [[nodiscard]] bool blocked() const { return blocked_; }

  // Instead of write(): a queue. Append to it, then flush().
  [[nodiscard]] std::string& output() { return output_; }
  void flush();
  // The same inside Loop::wait, so that what is queued until then goes together.
  void flush_later();
  [[nodiscard]] std::size_t unsent() const { return output_.size() - sent_; }
  // The peer does not read its answers, or not fast enough: nothing that makes more of them should be received.
  [[nodiscard]] bool full() const { return unsent() >= kMaxOutput; }
  // Gives back the memory of what was sent.
  void release();

  // TLS, if there is any, is agreed on.
  [[nodiscard]] bool established() const { return established_; }
  // It is lost, or at least nothing more can be written. The first failure is the one that is told.
  [[nodiscard]] bool failed() const { return failure_.has_value(); }
  [[nodiscard]] const std::optional<base::Error>& failure() const { return failure_; }

  // The same error, with the task and the peer.
  [[nodiscard]] base::Error worded(base::Error error) const;

  // One limit on time at most: Owner::overdue(), once, `after` from now, whatever is moved meanwhile. A limit that is
  // set replaces the one before; zero: none.
  void set_deadline(base::Duration after);
  // The same when nothing was moved either way for so long, from the handshake on. While it waits for room, it is not
  // idle.
  void set_idle_limit(base::Duration limit);

  // Nothing more will be queued: sends what is, then a goodbye (close_notify), then FIN. False: not yet; call it again
  // when writable.
  bool shut_down();
  // As much of a goodbye as can be done at once, where there is somebody to hear it. One that waits: Goodbye.
  void part();

  [[nodiscard]] const std::string& peer() const { return transport_.name(); }
  [[nodiscard]] const Transport& transport() const { return transport_; }
  [[nodiscard]] std::uint64_t bytes_received() const { return received_; }
  [[nodiscard]] std::uint64_t bytes_written() const { return written_; }
  [[nodiscard]] base::Instant last_moved() const { return last_moved_; }

  // Of a client: how many of the bytes written here the peer has acknowledged (acknowledgement.h). May be too low.
  [[nodiscard]] std::uint64_t acknowledged();
  // Of a client: the peer lives and does not read now (acknowledgement.h).
  [[nodiscard]] bool peer_is_full() const { return counter_ && counter_->peer_is_full(); }
  // And so something that was written is still on its way to it: it cannot answer that yet.
  [[nodiscard]] bool peer_has_yet_to_read() const;

 private:
  friend class Connections;

  void socket_writable();
  void timed_out();
  [[nodiscard]] base::Duration time_limit() const;
  base::Result<bool> shake_hands();
  base::Result<base::Transfer> lost(base::Error error);
  base::Result<base::Transfer> refused(base::Error error);
  [[nodiscard]] bool may_receive() const { return !held_ && !waiting_; }
  void wait(bool waits);
  base::Result<void> check_protocol(std::string_view first_bytes) const;
  void watch();

  Transport transport_;
  std::optional<AckCounter> counter_;  // a client's
  Owner* owner_;
  Wording wording_;
  event::Io readable_;
  event::Io writable_;
  event::Timer again_;  // more can be received without waiting
  event::Timer limit_;
  base::Duration idle_limit_{};
  bool has_deadline_ = false;
  base::Instant last_moved_;
  std::uint64_t received_ = 0;
  std::uint64_t written_ = 0;
  std::string output_;
  std::size_t sent_ = 0;             // of output_
  std::optional<std::size_t> left_;  // to receive, after take_no_more()
  std::optional<base::Error> failure_;
  bool established_ = false;
  bool held_ = false;
  bool blocked_ = false;       // the socket is full
  bool read_blocked_ = false;  // TLS has something of its own to send before it can receive
  bool ended_ = false;         // nothing more is received
  bool closed_by_peer_ = false;

  std::size_t accounted_ = 0;  // of its unfinished message; a note of Connections, as is:
  bool waiting_ = false;       // for room
};

}  // namespace net
