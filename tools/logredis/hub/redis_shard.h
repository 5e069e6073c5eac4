// A server with messages, and questions about them: for the parts of RedisStore.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "tools/logredis/hub/hub_scripts.h"
#include "tools/logredis/hub/redis_store.h"

namespace logredis {

struct RedisStore::Shard {
  Shard(event::Loop& loop, const HubPlace& place, std::size_t its_number, const HubKeys& keys, ReplicaOptions replicas,
        HubNews::Events events, const base::Report& report)
      : name(place.name),
        number(its_number),
        server(loop, place.server, replicas, report),
        news(loop, place.server, keys.counts(), keys.news(), std::move(events), report) {}

  std::string name;
  std::size_t number;
  HubServer server;
  HubNews news;
};

// A script that begins with the channel's stamp. Where the server does not know of so new a channel, it is told, and
// asked again.
struct RedisStore::Asking {
  std::string id;
  Shard& shard;
  HubLink& link;
  const redis::Script& script;
  HubLink::Twice twice;
  std::shared_ptr<HubLink::Call> call;  // see call_for()
  HubLink::OnReply on_reply;            // Kind::no_input: there is no such channel
  unsigned tries = 0;
};

}  // namespace logredis
