// Why a TLS handshake gets no answer: a Redis server without TLS takes it for the beginning of a command, and waits for
// the rest. So after a while it is asked in plain text, on a connection of its own.
#pragma once

#include <functional>
#include <optional>

#include "base/fd.h"
#include "event/loop.h"
#include "net/address.h"
#include "net/url.h"

namespace redis {

class PlainProbe {
 public:
  // `plain` is called inside Loop::wait, when the server has answered in plain text.
  PlainProbe(event::Loop& loop, std::function<void()> plain);

  // `fd` is connected to the server, whose handshake begins now.
  void start(int fd, const net::Url& url);
  // The handshake is over.
  void stop();

 private:
  void connect();
  void ask();
  void hear();

  event::Loop& loop_;
  std::function<void()> plain_;
  net::Address server_;
  net::Url url_;
  event::Timer soon_;
  base::Fd fd_;
  std::optional<event::Io> ready_;
};

}  // namespace redis
