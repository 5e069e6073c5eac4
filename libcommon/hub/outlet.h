// One drain: its processes, while it has some, and how it is. Its owner says when to start and to stop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"
#include "hub/channel.h"
#include "stream/retry.h"

namespace hub {

class Outlet {
 public:
  enum class Stage {
    learning,  // whether its consumer is there, and has something
    idle,
    waiting,    // for its turn to run
    claiming,   // the right to run
    elsewhere,  // another hub sends its messages
    running,
    stopping,
    retrying,  // after a failure, in a while
  };

  // `ended`: the processes are gone, after a failure or because of stop(); or a pause after a failure is over.
  struct Events {
    std::function<void(bool failed)> ended;
    std::function<void()> try_again;
  };

  Outlet(event::Loop& loop, std::string channel, Drain drain, Events events, base::Report report);
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;
  ~Outlet();

  // Writes the address of the command to `file`, and runs `reader` with the command behind it.
  void start(const std::vector<std::string>& reader, const std::string& sender, const std::string& file,
             bool public_only);
  // The processes may finish what they have, for a while.
  void stop();
  void kill();

  void failed(const std::string& why);
  // Another hub has the right to send: tries again in a while, in case that one dies.
  void leave_to_other();

  std::string channel;
  Drain drain;
  Stage stage = Stage::learning;
  bool wanted = false;        // has something to send, as far as is known
  bool known = false;         // its consumer is there
  bool counted = false;       // among those that run
  bool removed = false;       // goes when its processes have
  base::Instant started{};    // its processes
  base::Instant last_news{};  // of its channel
  std::string error;          // the last
  base::WallTime error_at{};

 private:
  struct Run;

  void read();
  void note(std::string_view line);
  void take_line(std::string_view line);
  void on_end();

  event::Loop& loop_;
  Events events_;
  base::Report report_;
  stream::Retry retry_;
  std::string failure_;  // the last since a good run; told once
  event::Timer timer_;   // until the next try, or until kill()
  std::unique_ptr<Run> run_;
};

}  // namespace hub
