// One connection to a server: commands go out in order, and each gets its reply.
//
// All reading and writing happens in the loop's callbacks, so that send() can be called from anywhere. After close(),
// or broken(), nothing is called any more.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "event/loop.h"
#include "net/connection.h"
#include "redis/command.h"
#include "redis/reply.h"

namespace redis {

class Connection final : private net::Connection::Owner {
 public:
  using OnReply = std::function<void(Reply)>;
  struct Events {
    // Of every reply, before anything else is done with it. False: it has been dealt with.
    std::function<bool(const Reply&)> inspect;
    std::function<void(const std::string& why)> broken;
  };

  // `timeout`: an answer is owed and nothing came or went for so long.
  Connection(event::Loop& loop, net::Link link, base::Duration timeout, Events events);

  // `waits`: the server may keep this command waiting for so long on purpose.
  void send(const Command& command, OnReply on_reply, base::Duration waits = base::Duration::zero());
  // The command's reply is kept back, and shows with that of the next send() where it is an error.
  void send_part(const Command& command);
  void close();

  [[nodiscard]] bool closed() const { return !connection_; }
  [[nodiscard]] std::size_t unsent_bytes() const { return connection_ ? connection_->unsent() : 0; }
  [[nodiscard]] const std::string& peer() const { return peer_; }

 private:
  struct Expected {
    OnReply on_reply;  // none: a part of what follows
    base::Duration waits;
  };

  void expect(const Command& command, OnReply on_reply, base::Duration waits);
  void readable() override;
  void writable() override {}
  void overdue() override;
  void hear(std::string_view bytes);
  void take(Reply reply);
  void server_gone(const std::string& why);
  void fail(const std::string& why);

  std::optional<net::Connection> connection_;  // none: closed
  std::string peer_;
  base::Duration timeout_;
  Events events_;
  ReplyReader reader_;
  std::deque<Expected> expected_;
  Reply part_error_;
  bool heard_ = false;   // the server has said something
  base::Instant asked_;  // when there was first something to answer
};

}  // namespace redis
