// Tells a service manager how this process is: the protocol of sd_notify(3), one datagram for what has changed.
//
// Nothing waits for the manager: what its socket has no room for is sent a little later, as it is then. A manager that
// cannot be reached is reported once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"

namespace event {

struct NotifyOptions {
  std::string socket = {};                           // $NOTIFY_SOCKET: a path, or '@' and an abstract name
  base::Duration watchdog = base::Duration::zero();  // $WATCHDOG_USEC; zero: none
};

class Notifier {
 public:
  // With a watchdog, a sign of life is sent by the loop at half its time, the first one at once.
  static base::Result<std::unique_ptr<Notifier>> open(Loop& loop, NotifyOptions options, base::Report report);

  void ready();      // also: reloaded
  void reloading();  // its configuration
  void stopping();
  void status(std::string_view text);  // for people; one line

 private:
  Notifier(Loop& loop, NotifyOptions options, std::string address, base::Fd fd, base::Report report);
  void add_state(std::string_view assignments);
  void sign_of_life();
  void send();

  NotifyOptions options_;
  std::string address_;  // a sockaddr
  base::Fd fd_;
  base::Report report_;
  Timer watchdog_;
  Timer retry_;

  // What the manager has not been told yet.
  std::string states_;
  std::optional<std::string> status_;
  bool alive_ = false;

  bool reported_ = false;
};

}  // namespace event
