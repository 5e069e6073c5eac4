// The end of a connection on which everything has been said: what is queued is sent, then close_notify and FIN, and
// what the peer still sends is discarded until it closes as well. Closing at once, with something unread, would send a
// reset, which may take from the peer what it has not yet read.
#pragma once

#include <functional>
#include <memory>

#include "base/units.h"
#include "net/connection.h"

namespace net {

class Goodbye final : private Connection::Owner {
 public:
  // Takes the connection over. `over` is called inside Loop::wait, once, at most `within` from now, and may destroy
  // this.
  Goodbye(std::unique_ptr<Connection> connection, base::Duration within, std::function<void()> over);

 private:
  void readable() override;
  void writable() override;
  void overdue() override;
  bool go_on();

  std::unique_ptr<Connection> connection_;
  std::function<void()> over_;
  bool shut_down_ = false;
};

}  // namespace net
