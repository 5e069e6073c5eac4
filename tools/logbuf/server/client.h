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
#include "net/transport.h"

namespace logbuf {

// What READ or REPLICATE asked for.
struct Reading {
  std::uint64_t next;                 // the id to go on with
  std::optional<std::uint64_t> left;  // messages; none: for ever
  bool timed = false;                 // with the time each was accepted
  std::size_t begun = 0;              // bytes of the next message that were given already
};

class Client {
 public:
  // Called inside Loop::wait; may destroy the client.
  class Owner {
   public:
    virtual void readable(Client& client) = 0;
    virtual void writable(Client& client) = 0;
    virtual void idle(Client& client) = 0;

   protected:
    ~Owner() = default;
  };

  // Watched from the start. Must not be moved in memory, nor outlive its owner.
  Client(event::Loop& loop, net::Transport transport, codec::LogdLimits limits, std::uint64_t number, Owner& owner);

  // One turn. False: the peer has closed, or is lost. Not while there is a request.
  bool receive();
  // The next request, kept until done() is called; null: none is complete. Errors as LogdRequestReader.
  base::Result<const codec::LogdRequest*> request();
  void done() { request_.reset(); }
  [[nodiscard]] bool has_request() const { return request_.has_value(); }

  // Where answers are appended; send() writes as much as the socket takes.
  [[nodiscard]] std::string& output() { return output_; }
  [[nodiscard]] std::size_t unsent() const { return output_.size() - sent_; }
  void answer(std::string_view line);
  void send();
  // Gives back the memory of what was sent: there is nothing more to send now.
  void release();

  // No more requests are taken, and nothing more of the log is sent; it is over when all answers are.
  void close_after_answers() {
    closing_ = true;
    reading.reset();
  }
  [[nodiscard]] bool closing() const { return closing_; }
  // The peer will send nothing more.
  void end_input() { ended_ = true; }
  // It cannot be sent what it was promised: the connection is lost.
  void abandon(base::Error error) { lose(std::move(error)); }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] bool over() const { return lost_ || (closing_ && unsent() == 0); }
  // Says goodbye, where there is somebody to hear it.
  void part();

  // While held, nothing is received: the peer feels it as back pressure.
  void hold(bool held);
  // More was received than was taken: call receive() again without waiting.
  [[nodiscard]] bool has_more() const { return greeted_ && transport_.buffered(); }

  void call_when_idle(base::Duration after) { idle_.start(after); }
  [[nodiscard]] base::Instant last_moved() const { return last_moved_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] const std::string& peer() const { return transport_.name(); }
  [[nodiscard]] std::size_t pending() const { return requests_.pending(); }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }
  // What ended it, if it was no orderly end.
  [[nodiscard]] const std::optional<base::Error>& failure() const { return failure_; }

  // The server's notes.
  std::optional<Reading> reading;
  std::size_t unanswered = 0;  // MSG requests
  std::size_t accounted = 0;   // of pending(), what is in the sum of all
  bool waiting = false;        // for the next turn
  bool starved = false;        // for others to need less memory

 private:
  bool shake_hands();
  void lose(base::Error error);
  void watch();

  net::Transport transport_;
  codec::LogdRequestReader requests_;
  std::optional<codec::LogdRequest> request_;
  std::uint64_t number_;
  std::string output_;
  std::size_t sent_ = 0;  // of output_
  event::Io readable_;
  event::Io writable_;
  event::Timer idle_;
  base::Instant last_moved_;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
  std::optional<base::Error> failure_;
  bool greeted_ = false;
  bool blocked_ = false;       // the socket is full
  bool read_blocked_ = false;  // and so TLS cannot read
  bool held_ = false;
  bool ended_ = false;
  bool closing_ = false;
  bool lost_ = false;
};

}  // namespace logbuf
