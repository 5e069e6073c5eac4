// The messages of a RedisStore's channels.
#include <algorithm>
#include <utility>

#include "redis/command.h"
#include "tools/logredis/hub/redis_shard.h"
#include "tools/logredis/queue/lease.h"
#include "tools/logredis/stream/stream_claim.h"

namespace logredis {
namespace {

constexpr std::size_t kMostHeld = 32 << 20;  // bytes of messages that servers have not answered, of all together

// {whether that is all, id, content, ...}, in the order that is asked for.
hub::Excerpt excerpt_of(const redis::Reply& reply, const std::string& from, bool newest_first) {
  hub::Excerpt excerpt{.messages = {}, .reached = from, .end = reply[0].integer() == 1};
  const std::size_t count = (reply.size() - 1) / 2;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = 1 + 2 * (newest_first ? count - 1 - i : i);
    excerpt.messages.append(reply[at].text(), message_of(reply[at + 1]));
  }
  if (count > 0) excerpt.reached = reply[1 + 2 * (count - 1)].text();
  return excerpt;
}

std::uint64_t number_in(const redis::Reply& reply) {
  return static_cast<std::uint64_t>(reply.integer());
}

hub::Standing standing_of(const redis::Reply& reply) {
  hub::Standing standing{
      .messages = number_in(reply[0]), .bytes = number_in(reply[2]), .appended = number_in(reply[1])};
  const std::int64_t now = reply[3].integer();
  for (std::size_t i = 4; i < reply.size(); ++i) {
    const redis::Reply group = reply[i];
    const redis::Reply since = group[4];
    const std::int64_t age = since.text().empty() ? 0 : std::max<std::int64_t>(now - since.integer(), 0);
    standing.drains.push_back({.token = std::string(group[0].text()),
                               .delivered = number_in(group[1]),
                               .waiting = number_in(group[2]),
                               .lost = number_in(group[3]),
                               .oldest = std::chrono::milliseconds(age)});
    standing.dropped += standing.drains.back().lost;
  }
  return standing;
}

// What stands at two servers.
void add(hub::Standing& all, hub::Standing more) {
  all.messages += more.messages;
  all.bytes += more.bytes;
  all.appended += more.appended;
  all.dropped += more.dropped;
  for (hub::DrainStanding& drain : more.drains) {
    const auto same = std::ranges::find(all.drains, drain.token, &hub::DrainStanding::token);
    if (same == all.drains.end()) {
      all.drains.push_back(std::move(drain));
      continue;
    }
    same->delivered += drain.delivered;
    same->waiting += drain.waiting;
    same->lost += drain.lost;
    same->oldest = std::max(same->oldest, drain.oldest);
  }
}

// The last answer settles it. Where a channel belongs has to answer.
struct Adding {
  hub::Standing all = {};
  std::optional<base::Error> error = {};
  std::size_t missing;
  hub::Done<hub::Standing> done;
};

}  // namespace

void RedisStore::append(const std::string& id, stream::Batch messages, hub::Done<> done) {
  if (messages.empty()) return done({});
  Shard& shard = home(id);
  // A server that is stuck must not take the room of others.
  if (shard.server.writes.held() > kMostHeld / names_.size())
    return done(base::fail(base::Kind::temporary, "write channel " + id, "too much waits for its server already"));
  const auto call = std::make_shared<HubLink::Call>(call_for(id));
  call->keys.insert(call->keys.end(), {keys_.counts(), keys_.news(), keys_.lost()});
  call->args.insert(call->args.end(), {std::to_string(options_.cap), redis::milliseconds(options_.ttl)});
  call->more.reserve(messages.bytes() + 16 * messages.count());
  call->more_count = messages.count();
  messages.for_each([&call](std::size_t, std::string_view message) { redis::append_argument(call->more, message); });
  const auto appended = [id, &shard, done = std::move(done)](const base::Result<redis::Reply>& reply) {
    if (!reply) return done(tl::unexpected(reply.error()));
    if (reply->integer() == 0) return done(tl::unexpected(no_channel(id)));
    shard.server.replicas.add(done);
  };
  ask(std::make_shared<Asking>(
      Asking{id, shard, shard.server.writes, kHubAppend, HubLink::Twice::harmful, call, appended}));
}

// ---- reading

void RedisStore::read(Order order, std::size_t server, const std::string& id, const std::string& from,
                      std::size_t limit, hub::Done<hub::Excerpt> done) {
  const bool newest_first = order == Order::newest_first;
  const char* const all_from = newest_first ? "+" : "-";
  const auto call = std::make_shared<HubLink::Call>(call_for(id));
  call->args.insert(call->args.end(), {newest_first ? "XREVRANGE" : "XRANGE", from.empty() ? all_from : "(" + from,
                                       newest_first ? "-" : "+", std::to_string(limit)});
  const auto take = [from, newest_first, done = std::move(done)](const base::Result<redis::Reply>& reply) {
    reply ? done(excerpt_of(*reply, from, newest_first)) : done(tl::unexpected(reply.error()));
  };
  Shard& shard = *shards_[server];
  ask(std::make_shared<Asking>(Asking{id, shard, shard.server.reads, kHubRead, HubLink::Twice::harmless, call, take}));
}

// One server after the other. What cannot be read where the channel does not belong any longer is passed over.
void RedisStore::read_through(Order order, Servers servers, const std::string& id, const std::string& from,
                              std::size_t limit, hub::Done<hub::Excerpt> done) {
  const std::size_t first = servers.front();
  servers.erase(servers.begin());
  const auto take = [this, order, first, servers, id, from, limit,
                     done = std::move(done)](base::Result<hub::Excerpt> got) {
    if (!got && first != home_of(id)) got = hub::Excerpt{.messages = {}, .reached = from, .end = true};
    if (!got || servers.empty()) return done(std::move(got));
    if (got->messages.empty()) return read_through(order, servers, id, from, limit, done);
    got->end = false;
    done(std::move(got));
  };
  read(order, first, id, from, limit, take);
}

// What stands where a channel belonged before is older than all that stands where it belongs.
void RedisStore::read_after(const std::string& id, const std::string& after, std::size_t limit,
                            hub::Done<hub::Excerpt> done) {
  read_through(Order::oldest_first, servers_of(id), id, after, limit, std::move(done));
}

void RedisStore::read_before(const std::string& id, const std::string& before, std::size_t limit,
                             hub::Done<hub::Excerpt> done) {
  Servers servers = servers_of(id);
  std::ranges::reverse(servers);
  read_through(Order::newest_first, std::move(servers), id, before, limit, std::move(done));
}

// An id says when its message was accepted, to the millisecond.
void RedisStore::id_at(const std::string& /*id*/, base::WallTime time, hub::Done<std::string> done) {
  const auto since = std::chrono::ceil<std::chrono::milliseconds>(time.time_since_epoch()).count();
  done(std::to_string(std::max<std::int64_t>(since, 0)) + "-0");
}

void RedisStore::standing_at(std::size_t server, const std::string& id, hub::Done<hub::Standing> done) {
  const auto call = std::make_shared<HubLink::Call>(call_for(id));
  call->keys.insert(call->keys.end(), {keys_.counts(), keys_.lost()});
  Shard& shard = *shards_[server];
  const auto take = [done = std::move(done)](const base::Result<redis::Reply>& reply) {
    reply ? done(standing_of(*reply)) : done(tl::unexpected(reply.error()));
  };
  ask(std::make_shared<Asking>(
      Asking{id, shard, shard.server.reads, kHubStanding, HubLink::Twice::harmless, call, take}));
}

void RedisStore::standing(const std::string& id, hub::Done<hub::Standing> done) {
  const Servers servers = servers_of(id);
  const auto adding = std::make_shared<Adding>(Adding{.missing = servers.size(), .done = std::move(done)});
  for (const std::size_t server : servers) {
    const bool belongs = server == servers.back();
    standing_at(server, id, [adding, belongs](base::Result<hub::Standing> standing) {
      if (standing) add(adding->all, std::move(*standing));
      if (!standing && belongs) adding->error = standing.error();
      if (--adding->missing > 0) return;
      adding->error ? adding->done(tl::unexpected(*adding->error)) : adding->done(std::move(adding->all));
    });
  }
}

void RedisStore::claim_at(std::size_t server, const std::string& id, const std::string& drain, const std::string& node,
                          const std::string& lease, hub::Done<bool> done) {
  const auto call = std::make_shared<HubLink::Call>(call_for(id));
  call->keys.push_back(keys_.lease(id, drain));
  call->args.insert(call->args.end(), {drain, node, lease, redis::milliseconds(kLeaseTime)});
  Shard& shard = *shards_[server];
  const auto take = [id, drain, done = std::move(done)](const base::Result<redis::Reply>& reply) {
    if (!reply) return done(tl::unexpected(reply.error()));
    if (reply->integer() >= 0) return done(reply->integer() == 1);
    done(base::fail(base::Kind::no_input, "send drain " + drain, "channel " + id + " has it no more"));
  };
  ask(std::make_shared<Asking>(
      Asking{id, shard, shard.server.writes, kHubClaim, HubLink::Twice::harmless, call, take}));
}

}  // namespace logredis
