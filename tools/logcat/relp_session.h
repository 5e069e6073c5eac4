// One accepted connection of a RELP listener, and the session on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/units.h"
#include "codec/relp_server.h"
#include "event/loop.h"
#include "net/connection.h"
#include "net/peer_log.h"
#include "net/transport.h"
#include "stream/batch.h"

namespace logcat {

struct RelpTimes {
  base::Duration open = std::chrono::seconds(30);  // until the session is open
  base::Duration idle = base::Duration::zero();    // of a client with nothing unanswered; zero: never
};

class RelpSession final : private net::Connection::Owner {
 public:
  // Called inside Loop::wait; may destroy the session.
  class Owner {
   public:
    virtual void readable(RelpSession& session) = 0;  // receive() has something to do
    virtual void writable(RelpSession& session) = 0;  // send() has
    virtual void overdue(RelpSession& session) = 0;   // not opened, or idle for too long

   protected:
    ~Owner() = default;
  };

  // Must not be moved in memory, nor outlive its owner.
  RelpSession(event::Loop& loop, net::Transport transport, const codec::RelpServerOptions& options, RelpTimes times,
              std::uint64_t number, Owner& owner);

  // One turn, at most a buffer full. What comes to an end (the peer closes, breaks the protocol, is lost) shuts the
  // session: what it sent before is still answered where that is possible. Only what people should know is an error.
  base::Result<void> receive(std::span<char> buffer, stream::Batch& out, std::uint64_t before);

  // Writes what can be written now. A client that has too much to read, or to hear of, is not received from.
  void send();

  // Nothing is left to do: destroy it.
  [[nodiscard]] bool over() const { return connection_.failed() || (server_.finished() && server_.output().empty()); }
  // The session was open, and may still be.
  [[nodiscard]] bool was_opened() const { return opened_; }

  [[nodiscard]] codec::RelpServer& server() { return server_; }
  [[nodiscard]] const codec::RelpServer& server() const { return server_; }
  [[nodiscard]] net::Connection& connection() { return connection_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }

  std::shared_ptr<const net::Peer> sender;  // where its owner keeps track of that
  bool touched = false;                     // its owner has new answers for it

 private:
  void readable() override { owner_.readable(*this); }
  void writable() override { owner_.writable(*this); }
  void overdue() override;
  base::Result<void> feed(std::string_view bytes, stream::Batch& out, std::uint64_t before);
  [[nodiscard]] bool wants_input() const;

  Owner& owner_;
  net::Connection connection_;
  codec::RelpServer server_;
  RelpTimes times_;
  std::uint64_t number_;
  bool opened_ = false;
};

}  // namespace logcat
