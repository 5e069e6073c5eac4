// Where the messages of `peek`, `pop` and `cat` come from: one way of reading a queue. FeedSource drives it.
//
// Every call but open() and close() needs a session that is ready, and answers by its callback, once, unless the
// connection is lost before: then lost() is called, and whatever was under way is asked for again.
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "base/units.h"
#include "redis/session.h"
#include "stream/batch.h"
#include "tools/logredis/queue/id.h"

namespace logredis {

struct Want {
  std::uint64_t count;  // at most so many messages
  std::size_t bytes;    // about so many; a message that is larger comes all the same
};

struct Chunk {
  stream::Batch messages;
  IdQueue ids;         // of the messages, one for one
  bool again = false;  // there may be more: do not wait
  bool last = false;   // all that was there at the start has been handed out
};

class Feed {
 public:
  using Done = std::function<void(base::Result<void>)>;
  using OnChunk = std::function<void(base::Result<Chunk>)>;

  virtual ~Feed() = default;

  // Waits for the server. Call once, before everything else.
  virtual base::Result<void> open() = 0;
  // What is there now. One at a time.
  virtual void take(Want want, OnChunk on_chunk) = 0;
  // These messages need not be handed out again.
  virtual void acknowledge(const IdQueue& ids, Done done) = 0;
  // So that others know that this one is alive; how often, see renew_every(): zero is never.
  virtual void renew(Done done) = 0;
  [[nodiscard]] virtual base::Duration renew_every() const = 0;
  // A command for a connection of its own that changes nothing, and ends when there may be something to take, or after
  // `patience`.
  [[nodiscard]] virtual redis::Command wait_command(base::Duration patience) const = 0;
  // What it said.
  virtual void woken(const redis::Reply&) {}
  virtual void lost() = 0;
  // Waits for the server, as long as `patience` lasts: these go back, and so does everything else that was not handed
  // out.
  virtual base::Result<void> close(const IdQueue& unread, base::Duration patience) = 0;
};

}  // namespace logredis
