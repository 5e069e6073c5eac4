// What a queue holds and its server promises, at one moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "redis/session.h"
#include "tools/logredis/queue/durability.h"
#include "tools/logredis/shared_options.h"

namespace logredis {

struct ConsumerView {
  std::string name;
  std::optional<std::uint64_t> ready;  // of a stream's: not handed out yet; none: the server does not know
  std::uint64_t backlog = 0;           // handed out and not acknowledged
  std::uint64_t live = 0;              // processes that hold some of it, or may ask for more
};

struct OriginView {
  std::string name;
  std::string last;  // the id of the last message taken
};

struct QueueView {
  std::string key;
  std::string layout;  // "list", "stream"; "none": nothing is there
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;                // of memory, about
  std::optional<base::Duration> expires;  // in so long, unless something is pushed
  std::vector<ConsumerView> consumers;
  std::vector<OriginView> origins;

  [[nodiscard]] std::uint64_t backlog() const;
};

struct ServerView {
  std::string address;
  std::string version;
  Durability durability;
};

base::Result<ServerView> look_at_server(redis::Session& session, base::Duration patience);
// Kind::data where the key holds something else than a queue.
base::Result<QueueView> look_at_queue(redis::Session& session, const std::string& key, base::Duration patience);

}  // namespace logredis
