// One connection of `logbuf serve`: its requests, its answers, and what it is being sent of the log.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "codec/logd_request.h"
#include "event/loop.h"
#include "net/connection.h"
#include "net/transport.h"

namespace logbuf {

// What READ or REPLICATE asked for.
struct Reading {
  std::uint64_t next;                 // the id to go on with
  std::optional<std::uint64_t> left;  // messages; none: for ever
  bool timed = false;                 // with the time each was accepted
  std::size_t begun = 0;              // bytes of the next message that were given already
};

class Client final : private net::Connection::Owner {
 public:
  // Called inside Loop::wait; may destroy the client.
  class Owner {
   public:
    virtual void readable(Client& client) = 0;
    virtual void writable(Client& client) = 0;
    virtual void overdue(Client& client) = 0;  // no handshake, or idle for too long

   protected:
    ~Owner() = default;
  };

  // Must not be moved in memory, nor outlive its owner.
  Client(event::Loop& loop, net::Transport transport, codec::LogdLimits limits, std::uint64_t number, Owner& owner);

  // One turn. What comes to an end (the peer closes, or is lost) ends the input. Not while there is a request.
  void receive();
  // The next request, kept until done() is called; null: none is complete. Errors as LogdRequestReader.
  base::Result<const codec::LogdRequest*> request();
  void done() { request_.reset(); }
  [[nodiscard]] bool has_request() const { return request_.has_value(); }

  // Where answers are appended; send() writes as much as the socket takes.
  [[nodiscard]] std::string& output() { return connection_.output(); }
  void answer(std::string_view line) { output().append(line).append("\r\n"); }
  void send();
  [[nodiscard]] std::size_t unsent() const { return connection_.unsent(); }
  // A reader may still say CLOSE or ACK, which add nothing to what it is sent.
  [[nodiscard]] bool is_full() const { return !reading && connection_.full(); }

  // No more requests are taken, and nothing more of the log is sent; it is over when all answers are.
  void close_after_answers() {
    closing_ = true;
    reading.reset();
  }
  [[nodiscard]] bool closing() const { return closing_; }
  // It cannot be sent what it was promised: the connection is lost.
  void abandon(base::Error error) { lose(std::move(error)); }
  // The peer will send nothing more.
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] bool lost() const { return failure_.has_value(); }
  [[nodiscard]] bool over() const { return lost() || (closing_ && unsent() == 0); }
  // Says goodbye, where there is somebody to hear it.
  void part();

  [[nodiscard]] net::Connection& connection() { return connection_; }
  [[nodiscard]] const net::Connection& connection() const { return connection_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] const std::string& peer() const { return connection_.peer(); }
  [[nodiscard]] std::size_t pending() const { return requests_.pending(); }
  // What ended it, if it was no orderly end.
  [[nodiscard]] const std::optional<base::Error>& failure() const { return failure_; }

  // The server's notes.
  std::optional<Reading> reading;
  std::size_t unanswered = 0;  // MSG requests
  bool called = false;         // its turn is next
  bool starved = false;        // waits for others to need less memory

 private:
  void readable() override { owner_.readable(*this); }
  void writable() override { owner_.writable(*this); }
  void overdue() override { owner_.overdue(*this); }
  void lose(base::Error error);

  Owner& owner_;
  net::Connection connection_;
  codec::LogdRequestReader requests_;
  std::optional<codec::LogdRequest> request_;
  std::uint64_t number_;
  std::optional<base::Error> failure_;
  bool ended_ = false;
  bool closing_ = false;
};

}  // namespace logbuf
