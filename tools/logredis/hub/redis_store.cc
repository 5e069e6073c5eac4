// The channels of a RedisStore, and where they are. redis_messages.cc has their messages, redis_watches.cc who watches.
#include "tools/logredis/hub/redis_store.h"

#include <algorithm>
#include <utility>

#include "tools/logredis/hub/placing.h"
#include "tools/logredis/hub/redis_shard.h"

namespace logredis {
namespace {

constexpr base::Duration kPatienceAtStart = std::chrono::seconds(5);
constexpr base::Duration kLeastPatience = std::chrono::milliseconds(100);

// Where call_for() has left room for it.
void put_stamp(HubLink::Call& call, const Stamp& stamp) {
  call.args[1] = std::to_string(stamp.birth);
  call.args[2] = std::to_string(stamp.revision);
}

}  // namespace

RedisStore::RedisStore(event::Loop& loop, const Server& registry, const std::vector<HubPlace>& places,
                       RedisStoreOptions options, base::Report report)
    : keys_(options.name),
      options_(std::move(options)),
      report_(report),
      alive_(std::make_shared<bool>(true)),
      registry_(loop, registry, options_.replicas, keys_, report),
      changes_(loop, registry, keys_.stamps(), keys_.changes(),
               {.noted = [this](const std::string& id) { changed(id); }, .unsure = [this] { unsure(); }}, report) {
  for (const HubPlace& place : places) {
    const std::size_t number = shards_.size();
    if (!place.retired) {
      names_.push_back(place.name);
      numbers_.push_back(number);
    }
    const HubNews::Events events{.noted = [this, number](const std::string& id) { appended(number, id); },
                                 .unsure = [this, number] { unsure_at(number); }};
    shards_.push_back(std::make_unique<Shard>(loop, place, number, keys_, options_.replicas, events, report));
  }
}

RedisStore::~RedisStore() = default;

base::Result<std::unique_ptr<RedisStore>> RedisStore::open(event::Loop& loop, const Server& registry,
                                                           const std::vector<HubPlace>& places,
                                                           RedisStoreOptions options, base::Report report) {
  std::unique_ptr<RedisStore> store(new RedisStore(loop, registry, places, std::move(options), report));
  TRY(store->registry_.server().reach(store->keys_.channels(), kPatienceAtStart));
  const base::Instant end = base::now() + kPatienceAtStart;
  std::size_t there = 0;
  base::Result<void> last;
  for (const auto& shard : store->shards_) {
    last = shard->server.reach(store->keys_.placed(), std::max<base::Duration>(end - base::now(), kLeastPatience));
    if (last) {
      ++there;
      continue;
    }
    if (last.error().kind != base::Kind::temporary) return tl::unexpected(last.error());
    if (store->shards_.size() > 1)
      report(base::Level::warning, last.error().text() + "; requests for channels there are answered 503");
  }
  if (there == 0) return tl::unexpected(last.error());
  store->look_when_back();
  return store;
}

// What was to be looked at when a server was back could not be, where the connection for that came later than news did.
void RedisStore::look_when_back() {
  registry_.server().on_ready([this] {
    changes_.session().hurry();
    unsure();
  });
  for (const auto& shard : shards_)
    shard->server.on_ready([this, &shard = *shard] {
      shard.news.session().hurry();
      unsure_at(shard.number);
    });
}

base::Result<void> RedisStore::each_server(
    const std::function<base::Result<void>(const std::string& name, redis::Session& session)>& look) {
  for (const auto& shard : shards_)
    if (redis::Session& session = shard->server.reads.session(); session.ready()) TRY(look(shard->name, session));
  return {};
}

// ---- channels

void RedisStore::find(const std::string& id, hub::Done<hub::Found> done) {
  registry_.find(id, [done = std::move(done)](const base::Result<Registered>& found) {
    found ? done(found->channel) : done(tl::unexpected(found.error()));
  });
}

void RedisStore::find_token(const std::string& token, hub::Done<hub::Found> done) {
  registry_.find_token(token, [done = std::move(done)](const base::Result<Registered>& found) {
    found ? done(found->channel) : done(tl::unexpected(found.error()));
  });
}

void RedisStore::list(hub::Done<std::vector<hub::Found>> done) {
  registry_.list(std::move(done));
}

// The change is made once the registry has it. The server with the messages is told now, so that groups of drains that
// are gone are soon, too; where it is away, it is told before its next step for this channel.
void RedisStore::update(const std::string& id, Change change, hub::Done<hub::Found> done) {
  if (!hub::is_channel_id(id))
    return done(base::fail(base::Kind::no_input, "use channel " + id, "that is no id of a channel"));
  registry_.update(id, std::move(change), [this, id, done = std::move(done)](const base::Result<Registered>& updated) {
    if (!updated) return done(tl::unexpected(updated.error()));
    const auto settled = [channel = updated->channel, done](const base::Result<>&) { done(channel); };
    if (updated->channel) return place_as(id, home(id), *updated, settled);
    for (const auto& shard : shards_)
      if (shard.get() != &home(id)) forget(id, *shard, updated->stamp, [](const base::Result<>&) {});
    forget(id, home(id), updated->stamp, settled);
  });
}

// ---- where they are

std::size_t RedisStore::home_of(const std::string& id) const {
  return numbers_[place_of(id, names_)];
}

RedisStore::Shard& RedisStore::home(const std::string& id) {
  return *shards_[home_of(id)];
}

std::vector<std::size_t> RedisStore::servers_of(const std::string& id) const {
  std::vector<std::size_t> servers;
  if (const auto found = stray_.find(id); found != stray_.end())
    servers.assign(found->second.begin(), found->second.end());
  servers.push_back(home_of(id));
  return servers;
}

// The stamp is put in later.
HubLink::Call RedisStore::call_for(const std::string& id) const {
  return {.keys = {keys_.placed(), keys_.log(id)}, .args = {id, "0", "0"}};
}

void RedisStore::ask(const std::shared_ptr<Asking>& asking) {
  // Where it does not belong there is what there is.
  if (&asking->shard != &home(asking->id)) return ask_with(asking, {});
  if (const auto stamp = registry_.stamp_of(asking->id)) return ask_with(asking, *stamp);
  registry_.find(asking->id, [this, asking](const base::Result<Registered>& found) {
    if (!found) return asking->on_reply(tl::unexpected(found.error()));
    if (!found->channel) return asking->on_reply(tl::unexpected(no_channel(asking->id)));
    ask_with(asking, found->stamp);
  });
}

void RedisStore::ask_with(const std::shared_ptr<Asking>& asking, const Stamp& stamp) {
  constexpr unsigned kMostTries = 5;
  put_stamp(*asking->call, stamp);
  asking->link.run(asking->script, asking->call, asking->twice, [this, asking](base::Result<redis::Reply> reply) {
    if (!reply || !reply->is_nil()) return asking->on_reply(std::move(reply));
    if (&asking->shard != &home(asking->id)) return asking->on_reply(tl::unexpected(no_channel(asking->id)));
    if (++asking->tries == kMostTries)
      return asking->on_reply(
          base::fail(base::Kind::temporary, "use channel " + asking->id, "it changes all the time"));
    place(asking->id, asking->shard, [this, asking](const base::Result<>& placed) {
      placed ? ask(asking) : asking->on_reply(tl::unexpected(placed.error()));
    });
  });
}

void RedisStore::place(const std::string& id, Shard& shard, hub::Done<> done) {
  registry_.find(id, [this, id, &shard, done = std::move(done)](const base::Result<Registered>& found) {
    if (!found) return done(tl::unexpected(found.error()));
    if (!found->channel) return done(tl::unexpected(no_channel(id)));
    place_as(id, shard, *found, done);
  });
}

void RedisStore::place_as(const std::string& id, Shard& shard, const Registered& channel, hub::Done<> done) {
  std::vector<std::string> drains;
  for (const hub::Drain& drain : channel.channel->drains)
    if (!drain.url.empty()) drains.push_back(drain.token);
  tell_server(kHubPlace, id, shard, channel.stamp, drains, std::move(done));
}

void RedisStore::forget(const std::string& id, Shard& shard, const Stamp& stamp, hub::Done<> done) {
  tell_server(kHubForget, id, shard, stamp, {}, std::move(done));
}

void RedisStore::tell_server(const redis::Script& script, const std::string& id, Shard& shard, const Stamp& stamp,
                             const std::vector<std::string>& drains, hub::Done<> done) {
  HubLink::Call call = call_for(id);
  put_stamp(call, stamp);
  call.keys.insert(call.keys.end(), {keys_.counts(), keys_.lost()});
  call.args.insert(call.args.end(), drains.begin(), drains.end());
  shard.server.writes.run(script, std::move(call), HubLink::Twice::harmless,
                          [done = std::move(done)](const base::Result<redis::Reply>& reply) {
                            reply ? done({}) : done(tl::unexpected(reply.error()));
                          });
}

void RedisStore::find_strays(std::size_t server) {
  shards_[server]->server.reads.send(redis::Command("HGETALL").add(keys_.placed()), HubLink::Twice::harmless,
                                     [this, server](const base::Result<redis::Reply>& reply) {
                                       if (!reply) return;  // it is away: when it is back, there is another time
                                       for (std::size_t i = 0; i + 1 < reply->size(); i += 2) {
                                         const std::string id((*reply)[i].text());
                                         if (home_of(id) != server)
                                           look_at_stray(server, id, stamp_in((*reply)[i + 1].text()));
                                       }
                                     });
}

// Until it is empty, and its drains have all of it, it is read and sent from there.
void RedisStore::look_at_stray(std::size_t server, const std::string& id, const Stamp& stamp) {
  stray_[id].insert(server);
  standing_at(server, id, [this, server, id, stamp](const base::Result<hub::Standing>& standing) {
    if (!standing) return;
    if (std::ranges::any_of(standing->drains, [](const auto& drain) { return drain.waiting > 0; })) return arrived(id);
    if (standing->messages > 0) return;
    if (stray_[id].erase(server) > 0 && stray_[id].empty()) stray_.erase(id);
    forget(id, *shards_[server], stamp, [](const base::Result<>&) {});
  });
}

// ---- news

void RedisStore::tell(const std::string& id, const hub::Found& channel) {
  channel ? void(told_.insert(id)) : void(told_.erase(id));
  if (!channel) forget_watchers(id);
  for (const Changed& changed : changed_) changed(id, channel);
}

void RedisStore::changed(const std::string& id) {
  find(id, [this, id](const base::Result<hub::Found>& found) {
    if (found) return tell(id, *found);
    report_(base::Level::error, "channel " + id + ": " + found.error().text());
  });
}

void RedisStore::unsure() {
  list([this](const base::Result<std::vector<hub::Found>>& channels) {
    if (!channels) return;  // the server is away: when it is back, there is another time
    std::set<std::string> gone = told_;
    for (const hub::Found& channel : *channels) gone.erase(channel->id);
    for (const std::string& id : gone) tell(id, nullptr);
    for (const hub::Found& channel : *channels) tell(channel->id, channel);
  });
}

void RedisStore::unsure_at(std::size_t server) {
  std::vector<std::string> ids;
  for (const auto& [id, watched] : watched_)
    if (home_of(id) == server) ids.push_back(id);
  for (const std::string& id : ids) appended(server, id);
  find_strays(server);
}

}  // namespace logredis
