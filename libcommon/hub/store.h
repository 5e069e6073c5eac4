// Where a hub has its channels and their messages: directories (tools/logbuf/hub), or Redis.
//
// All calls come from the loop's thread, and all callbacks are called on it: inside the call where the answer is known,
// or later inside Loop::wait. None is called once the store is destroyed. A callback may call the store again.
//
// Errors: Kind::no_input: there is no such channel. Kind::temporary: not now, and the same may succeed later (a full
// channel that does not drop). Kind::io: the disk is full or broken, for this channel. Others: see base/result.h.
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
#include "base/result.h"
#include "base/units.h"
#include "hub/channel.h"
#include "stream/batch.h"

namespace hub {

template <class T = void>
using Done = std::function<void(base::Result<T>)>;

// A channel as it was when it was looked up; null: there is none.
using Found = std::shared_ptr<const Channel>;

// Messages of a channel that stand together, oldest first, with their ids.
struct Excerpt {
  stream::Batch messages;
  std::string reached;  // read_after: the id up to which it goes; read_before: from which on it goes. Give it again.
  bool end = false;     // there is nothing beyond that now
};

// What a channel holds, and how far its drains are, at one moment.
struct DrainStanding {
  std::string token;
  std::uint64_t delivered = 0;  // ids, up to the first message that is not acknowledged
  std::uint64_t waiting = 0;    // messages that are not acknowledged
  std::uint64_t lost = 0;       // messages that were dropped before that
  base::Duration oldest{0};     // age of the oldest message that waits
};
struct Standing {
  std::uint64_t messages = 0;  // stored now
  std::uint64_t bytes = 0;     // of these
  std::uint64_t appended = 0;  // ever
  std::uint64_t dropped = 0;   // because the channel was full
  std::vector<DrainStanding> drains = {};
};

// The order of ids, which are numbers ("17") or, of Redis streams, two ("1700000000000-3"). Empty is before all.
bool id_before(std::string_view a, std::string_view b);

class Store {
 public:
  virtual ~Store() = default;

  // ---- channels
  virtual void find(const std::string& id, Done<Found> done) = 0;
  // The channel that has this token: "t.UUID".
  virtual void find_token(const std::string& token, Done<Found> done) = 0;
  virtual void list(Done<std::vector<Found>> done) = 0;

  // Changes a channel in one step that survives a crash, and gives what it is then. `change` gets the channel, or
  // nothing where there is none, and makes it what it should be: nothing deletes it with its messages. An error that it
  // returns leaves all as it was. It may be called again, when another has changed the channel meanwhile.
  using Change = std::function<base::Result<void>(std::optional<Channel>& channel)>;
  virtual void update(const std::string& id, Change change, Done<Found> done) = 0;

  // Called after each change of a channel, whoever has made it: the channel, or null where it was deleted.
  using Changed = std::function<void(const std::string& id, const Found& channel)>;
  virtual void on_change(Changed changed) = 0;

  // SIGHUP: reads again what people may have edited; what is wrong there stays as it was, and is the error.
  virtual base::Result<void> reload() { return {}; }

  // ---- messages
  // The messages, without ids, are fsynced (Redis: confirmed) when `done` says so: all of them or none. The order of
  // calls is the order in the log.
  virtual void append(const std::string& id, stream::Batch messages, Done<> done) = 0;

  // Messages with ids above `after` (empty: from the oldest on), about `limit` bytes, at least one where there is one.
  virtual void read_after(const std::string& id, const std::string& after, std::size_t limit, Done<Excerpt> done) = 0;
  // Messages with ids below `before` (empty: from the newest on backwards), about `limit` bytes.
  virtual void read_before(const std::string& id, const std::string& before, std::size_t limit, Done<Excerpt> done) = 0;

  // Where a time is in the log: the messages with this id or a higher one were accepted at `time` or later, and those
  // with lower ids before it.
  virtual void id_at(const std::string& id, base::WallTime time, Done<std::string> done) = 0;

  virtual void standing(const std::string& id, Done<Standing> done) = 0;

  // Tells each message that is appended from now on, in the order of the log, with ids, as soon as it is safe. What
  // stands between two of them in the log and was not told, as another process has appended it, shows by the ids. Null:
  // the channel was deleted, and nothing more is told.
  // To join what is there and what comes: watch, then read, then leave out what has an id that was read.
  using News = std::function<void(const std::shared_ptr<const stream::Batch>& messages)>;
  class Watch {  // until it is destroyed
   public:
    virtual ~Watch() = default;
  };
  virtual std::unique_ptr<Watch> watch(const std::string& id, News news) = 0;
  // The same for who need not see them: tells that there are some.
  virtual std::unique_ptr<Watch> watch_arrivals(const std::string& id, std::function<void()> arrived);
};

}  // namespace hub
