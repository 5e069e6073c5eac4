// Where messages come from: files, buffers, remote logs. A Tail is asked for one piece after the other; who asks
// (follower.h) counts, plans and remembers.
//
// A tail looks its logs up in the Memory it is opened with: what is known there goes on at its place, what is not gets
// a number from it and begins where the options say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "stream/batch.h"
#include "stream/flow.h"
#include "tools/logtail/place.h"

namespace logtail {

class Tail {
 public:
  enum class Replayed {
    done,  // all of it, if it is the plan's count of messages
    wait,  // not there yet: call again when a watcher has woken the process
    gone,  // it can never be read again; reported
  };

  virtual ~Tail() = default;

  // Appends the messages of one piece, about `limit` bytes, and says in `piece` which they are. An empty piece: nothing
  // is there now. A watcher stops itself when it fires (stream::Source).
  virtual base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit, Piece& piece) = 0;

  // Appends the messages of a plan that was made before a restart, and goes on behind it. Called before read().
  virtual base::Result<Replayed> replay(const Plan& plan, stream::Batch& batch, Piece& piece) = 0;

  // A remembered log is one of this tail's.
  [[nodiscard]] virtual bool owns(const Place& place) const = 0;

  // Logs that nothing more will come of; each is named once.
  virtual std::vector<std::uint64_t> take_finished() = 0;

  // Of logs that take_finished() named: all that was given of them is safe, and this is written down. Those that it
  // returns are forgotten. Only called where FollowerOptions::settles is set; otherwise all are forgotten.
  virtual std::vector<std::uint64_t> settled(const std::vector<std::uint64_t>& logs) { return logs; }

  virtual void stop() = 0;

  // SIGHUP (stream::Source).
  virtual base::Result<void> reopen() { return {}; }

  [[nodiscard]] virtual std::string state() const = 0;

  // Of the first thing that could not be read.
  [[nodiscard]] virtual std::optional<base::Kind> failure() const = 0;
};

}  // namespace logtail
