// Finds a destination that answers: every address of every URL in the list's order; when all have failed, a pause
// (base/backoff.h) and again from the first. Never gives up by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "event/loop.h"
#include "net/lookup.h"
#include "net/socket.h"
#include "net/url.h"

namespace net {

class Connector {
 public:
  // Called from within start(), restart(), proceed() and the loop.
  struct Events {
    std::function<void(base::Fd, const Url&)> connected;
    std::function<void(const base::Error&)> failed;  // one attempt of many
  };

  // `urls` is not empty. `timeout` is for each address; zero: the system's own, as always for names to be resolved.
  // `seed` is for the jitter.
  Connector(event::Loop& loop, std::vector<Url> urls, base::Duration timeout, std::uint64_t seed, Events events);

  void start();    // now, from the first URL
  void restart();  // after a short pause, from the first URL: a connection that worked has ended
  void proceed();  // with the next address: the connection just made was no good
  void hurry();    // cut a pause short; the next will be the shortest again
  void stop();

  // Stops; start() and restart() then are for these, which are not empty. Not from within Events::failed.
  void set_urls(std::vector<Url> urls);

  // A connection has proved useful: the next pause is the shortest again.
  void succeeded() { backoff_.reset(); }

  // All have failed, or restart() was called, and the pause is not over.
  [[nodiscard]] bool pausing() const { return pause_.active(); }
  // The URL being tried, or to be tried after the pause.
  [[nodiscard]] const Url& url() const;
  // "resolving h", "connecting to tcp://h:1", "waiting 3 s to connect to tcp://h:1".
  [[nodiscard]] std::string state() const;

 private:
  void begin();
  void try_next();
  bool try_addresses();
  void looked_up(Lookup::Answer found);
  void decided();
  void timed_out();
  void pause();

  event::Loop& loop_;
  std::vector<Url> urls_;
  base::Duration timeout_;
  Events events_;
  base::Backoff backoff_;
  Lookup lookup_;
  std::size_t url_ = 0;
  std::optional<std::vector<Address>> addresses_;  // of urls_[url_], once resolved
  std::size_t address_ = 0;                        // the next to try
  base::Fd fd_;                                    // being connected
  std::optional<event::Io> writable_;
  event::Timer timer_;  // the attempt's limit
  event::Timer pause_;
  base::Instant pause_end_;
};

}  // namespace net
