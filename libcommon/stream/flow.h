// The one way messages move through a logpipe process: from a Source, through pump(), into a Sink.
//
//   logcat   files, listeners  -> stdout or a hop          logbuf push   stdin  -> the buffer
//   logsend  stdin             -> the network              logbuf peek   buffer -> stdout or a hop
//
// Messages are counted in the order a source gave them. "The first n are safe" is all a sink says, and all a source
// hears; what that means (answer a peer, advance a cursor, write a receipt) is the source's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "stream/batch.h"

namespace stream {

enum class Next {
  more,  // call read() again at once
  wait,  // nothing now; a watcher on the loop will wake the process
  end,   // there will be no more
};

class Source {
 public:
  virtual ~Source() = default;

  // Appends messages that are there now to `batch` without blocking, about `limit` bytes at most but at least one
  // message where there is one: --rate asks for single messages by a small limit. On an error, what was appended
  // still counts. A watcher must stop itself when it fires: while the sink is full nobody reads, and an active one
  // would keep the loop spinning.
  virtual base::Result<Next> read(Batch& batch, std::size_t limit) = 0;

  // The first `count` messages this source ever gave are safe. `count` grows from call to call.
  virtual base::Result<void> acknowledge(std::uint64_t count) = 0;

  // Passes on what is left of what it was told, as far as that goes without blocking. False: not all of it went, and a
  // watcher on the loop will wake the process. What failed meanwhile in a part of acknowledging that is left to a timer
  // or to an answer is an error, as if it were one of acknowledge(). Called before every wait, also while the sink is
  // full.
  virtual base::Result<bool> flush_receipts() { return true; }

  // Since when the sink has had no room; nothing: it has some. Called before a wait when that has changed, so that
  // whoever waits to be read can be told.
  virtual void set_sink_full_since(std::optional<base::Instant>) {}

  // Take nothing more in; read() hands out what was already taken and then says `end`.
  virtual void stop() = 0;

  // SIGHUP: read again what connections yet to come need, such as certificates. After an error, which is reported, what
  // was read before stays in use.
  virtual base::Result<void> reopen() { return {}; }

  // One line for people: what it is doing now ("12 connections"); empty: nothing worth telling.
  [[nodiscard]] virtual std::string state() const { return {}; }
};

enum class Strength;  // handshake.h

class Sink {
 public:
  virtual ~Sink() = default;

  // It can do its work, as far as that shows before there are messages: a hop's child has greeted. Stays true.
  [[nodiscard]] virtual bool ready() const { return true; }

  // What its receipts mean, for a source that has to tell its own source; nothing: not known yet.
  [[nodiscard]] virtual std::optional<Strength> strength() const { return {}; }

  // How many bytes it takes now; 0: full, a watcher on the loop will wake the process when that changes.
  // A sink with room takes any batch whole, also one somewhat larger than it said.
  [[nodiscard]] virtual std::size_t room() const = 0;

  // Takes responsibility as far as its strength goes, sooner or later.
  virtual base::Result<void> write(const Batch& batch) = 0;

  // Moves on what can be moved without blocking. Called before every wait.
  virtual base::Result<void> flush() = 0;

  // Nothing more will be written: get everything safe and close. Called once; progress is made by flush() and the loop.
  virtual base::Result<void> finish() = 0;

  // How many of the messages written are safe, from the first on.
  [[nodiscard]] virtual std::uint64_t safe() const = 0;

  // After finish(): nothing is left to do. A sink that cannot get the rest safe returns an error from flush() instead.
  [[nodiscard]] virtual bool finished() const = 0;

  // One line for people: what it is doing now ("connected to tcp://[::1]:514, 12 messages unacknowledged").
  [[nodiscard]] virtual std::string state() const = 0;

  // Since when it cannot reach what it delivers to; nothing: it can, or need not.
  [[nodiscard]] virtual std::optional<base::Instant> away_since() const { return {}; }

  // What was or will be sent has this origin from now on, under which nothing was sent yet (handshake.h).
  virtual void use_origin(const std::string&) {}

  // The process is to end: what waits for a later try is tried now.
  virtual base::Result<void> hurry() { return {}; }

  // Nothing is waited for any more, and not all is safe: ends what would go on unseen. May take a few seconds.
  virtual void cut_off() {}

  // SIGHUP: reopen files, reconnect.
  virtual base::Result<void> reopen() { return {}; }
};

// What moved, for SIGUSR1, progress lines and closing notes.
struct Totals {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t safe = 0;
};

// What a service manager is told of a process.
enum class Phase {
  ready,      // messages are taken; also: reloaded
  reloading,  // by SIGHUP
  stopping,   // by a signal
};

struct PumpOptions {
  double rate = 0;  // messages a second; 0: no limit
  base::Duration drain_time =
      std::chrono::seconds(10);  // after SIGTERM or SIGINT, how long to wait for the rest to be safe
  // Give up (Kind::temporary) when messages wait, and what the sink delivers to was away for so long. None: never.
  std::optional<base::Duration> retry_time = {};
  base::Duration linger =
      base::Duration::zero();  // after such a signal, how long to read on towards end of input (a hop's child)
  std::function<void(const Totals&)> progress;    // called now and then, where set
  std::function<void(Phase)> phase;               // called at each change, where set
  std::function<void(const std::string&)> state;  // called with the line of SIGUSR1, when it has changed, at most
                                                  // once a second, where set
};

struct PumpResult {
  Totals totals;
  bool complete = false;  // all that the source gave is safe
  bool stopped = false;   // by a signal
};

// Runs until the source ends and the sink has finished, or a signal stops it, or one of them fails.
// SIGTERM, SIGINT: stop() and hurry(), drain. SIGUSR1: one line of state by `report`. SIGHUP: reopen() of both.
// Whatever the end, the source has been told of everything that is safe before this returns.
base::Result<PumpResult> pump(event::Loop& loop, Source& source, Sink& sink, const PumpOptions& options,
                              const base::Report& report);

}  // namespace stream
