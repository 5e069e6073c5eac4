// A session with the server that holds one queue: connects, logs in, follows a cluster's and a Sentinel's directions,
// and connects again, with backoff, whatever happens. Commands go out in order and are pipelined.
//
// What was sent on a connection that is lost may or may not have been carried out: the session never repeats it, its
// owner decides (lost(), then ready()). On the loop; nothing blocks but ask(). All members but the destructor may be
// called from within its callbacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "net/tls.h"
#include "redis/address.h"
#include "redis/command.h"
#include "redis/error.h"
#include "redis/reply.h"
#include "redis/script.h"

namespace redis {

struct SessionOptions {
  base::Duration connect_timeout = std::chrono::seconds(10);
  base::Duration timeout = std::chrono::seconds(30);  // an answer is owed and nothing came: the connection is dead
  std::shared_ptr<net::TlsContext> tls = {};          // needed for rediss://
  std::uint64_t seed = 0;                             // for the jitter
};

class Session {
 public:
  struct Events {
    // Connected, logged in, and to the server that has the queue; nothing is outstanding.
    std::function<void()> ready = {};
    // No longer so. Callbacks of what was outstanding will not be called.
    std::function<void()> lost = {};
  };
  // Called once with the reply, unless the connection is lost before. Errors that another try may mend (OOM, READONLY,
  // LOADING, MASTERDOWN, CLUSTERDOWN, TRYAGAIN, BUSY, MISCONF, MOVED, ASK, ...: is_passing()) do not get here: the
  // session drops what is outstanding, reports lost(), follows or pauses, and becomes ready() again. All other errors
  // do, so that the owner says what it was about (see error()).
  using OnReply = std::function<void(Reply)>;

  // Starts to connect at once. `report` hears of an outage's begin and end; it may be empty.
  static std::unique_ptr<Session> open(event::Loop& loop, Address address, SessionOptions options, Events events,
                                       base::Report report);
  ~Session();

  // Instead of those given to open(). `ready` is called for the next connection, not for one that is there.
  void set_events(Events events);

  [[nodiscard]] bool ready() const;
  // A pause before the next connection ends.
  void hurry();
  // Only while ready(). `waits`: the server may keep this command waiting for so long on purpose (BLMOVE, WAIT).
  void send(const Command& command, OnReply on_reply, base::Duration waits = base::Duration::zero());

  // EVALSHA, loading the script into the server where it does not have it. `script` has static lifetime. Of the
  // arguments those in `more` come last.
  struct Encoded {
    std::string_view arguments;  // as append_argument() makes them
    std::size_t count;
  };
  void run(const Script& script, const std::vector<std::string_view>& keys, const std::vector<std::string_view>& args,
           OnReply on_reply, Encoded more = {"", 0});

  [[nodiscard]] std::size_t unsent_bytes() const;            // not taken by the kernel yet
  [[nodiscard]] std::optional<base::Error> failure() const;  // what no other try can mend: a wrong password
  // Since when it has not been of use to its owner: a login alone is none. Nothing: it is.
  [[nodiscard]] std::optional<base::Instant> away_since() const;
  [[nodiscard]] std::string state() const;           // for people
  [[nodiscard]] std::string address() const;         // for people: as it was given, without the password
  [[nodiscard]] const std::string& version() const;  // the server's; empty: not known

  // An error reply as an Error that says what was tried, "push to redis://h:6379: KEY".
  [[nodiscard]] base::Error error(const Reply& reply, const std::string& action) const;

  // Waits on the loop for the reply to one command that may be repeated safely, for at most `patience`, after which
  // the Error is Kind::temporary. Error replies are Errors here. A patience of zero: until all servers have been tried
  // once; nothing is reported then, since the Error says it.
  base::Result<Reply> ask(const Command& command, base::Duration patience);

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace redis
