// Listening sockets: takes connections while there is room for them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/report.h"
#include "event/loop.h"
#include "net/inherited.h"
#include "net/url.h"

namespace net {

class Acceptor {
 public:
  // Listens on all of `urls`, on inherited sockets where there are some for them; `take` is called inside Loop::wait
  // with every connection and the URL it came in on. Starts closed. The process gets descriptors for `most`
  // connections, where it may.
  static base::Result<std::unique_ptr<Acceptor>> open(event::Loop& loop, const std::vector<Url>& urls,
                                                      InheritedSockets& inherited, std::size_t most,
                                                      base::Report report,
                                                      std::function<void(base::Fd, const Url&)> take);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;
  // Stops listening and removes the socket files of its own sockets.
  ~Acceptor();

  // While closed, connections wait in the kernel's backlog. Opening also tries at once again after a failure: call it
  // when a connection has gone and left its descriptor.
  void set_open(bool open);

  // Takes at once those that wait: their senders believe themselves connected. Not on inherited sockets, where they
  // wait for whoever listens next.
  void accept_waiting();

  // "tcp://127.0.0.1:43211", one for each socket.
  [[nodiscard]] std::vector<std::string> addresses() const;

 private:
  struct Socket {
    base::Fd fd;
    Url url;
    bool inherited;
    event::Io readable;
  };

  Acceptor(event::Loop& loop, base::Report report, std::function<void(base::Fd, const Url&)> take);
  base::Result<void> listen(event::Loop& loop, const Url& url, InheritedSockets& inherited);
  bool accept_some(const Socket& socket);
  void pause(const base::Error& error);
  void watch();

  base::Report report_;
  std::function<void(base::Fd, const Url&)> take_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  event::Timer retry_;
  bool open_ = false;
  std::optional<base::Instant> warned_;
};

}  // namespace net
