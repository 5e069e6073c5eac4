// The channels of a RedisStore. redis_messages.cc has the messages.
#include "tools/logredis/hub/redis_store.h"

#include <algorithm>
#include <utility>

#include "tools/logredis/hub/hub_scripts.h"

namespace logredis {
namespace {

constexpr base::Duration kPatienceAtStart = std::chrono::seconds(5);
constexpr std::size_t kMostDecoded = 20'000;

}  // namespace

RedisStore::RedisStore(event::Loop& loop, const Server& server, RedisStoreOptions options, base::Report report)
    : keys_(options.name),
      options_(std::move(options)),
      report_(report),
      reads_(loop, server, report),
      writes_(loop, server, {}),
      replicas_(writes_, options_.replicas, report),
      alive_(std::make_shared<bool>(true)),
      news_(loop, server, keys_,
            {.appended = [this](const std::string& id) { appended(id); },
             .changed = [this](const std::string& id) { changed(id); },
             .unsure = [this] { unsure(); }},
            std::move(report)) {}

RedisStore::~RedisStore() = default;

// What is asked first has led each connection, in a cluster, to the node that has the keys.
base::Result<std::unique_ptr<RedisStore>> RedisStore::open(event::Loop& loop, const Server& server,
                                                           RedisStoreOptions options, base::Report report) {
  std::unique_ptr<RedisStore> store(new RedisStore(loop, server, std::move(options), std::move(report)));
  for (HubLink* link : {&store->reads_, &store->writes_})
    TRY(link->session().ask(redis::Command("HLEN").add(store->keys_.channels()), kPatienceAtStart));
  return store;
}

base::Result<hub::Found> RedisStore::decode(const std::string& id, std::string_view json) {
  if (decoded_.size() > kMostDecoded) decoded_.clear();
  Decoded& known = decoded_[id];
  if (known.channel && known.json == json) return known.channel;
  auto channel = hub::decode(id, json);
  if (!channel) {
    decoded_.erase(id);
    return base::fail(channel.error().kind, "read channel " + id, channel.error().why);
  }
  known.channel = std::make_shared<const hub::Channel>(std::move(*channel));
  known.json = json;
  return known.channel;
}

void RedisStore::find(const std::string& id, hub::Done<hub::Found> done) {
  reads_.send(redis::Command("HGET").add(keys_.channels()).add(id), HubLink::Twice::harmless,
              [this, id, done = std::move(done)](const base::Result<redis::Reply>& reply) {
                if (!reply) return done(tl::unexpected(reply.error()));
                if (reply->is_nil()) return done(hub::Found());
                done(decode(id, reply->text()));
              });
}

void RedisStore::find_token(const std::string& token, hub::Done<hub::Found> done) {
  reads_.run(kHubFindToken, {.keys = {keys_.tokens(), keys_.channels()}, .args = {token}}, HubLink::Twice::harmless,
             [this, done = std::move(done)](const base::Result<redis::Reply>& reply) {
               if (!reply) return done(tl::unexpected(reply.error()));
               const redis::Reply json = (*reply)[1];
               if (json.is_nil()) return done(hub::Found());
               done(decode(std::string((*reply)[0].text()), json.text()));
             });
}

void RedisStore::list(hub::Done<std::vector<hub::Found>> done) {
  reads_.send(redis::Command("HGETALL").add(keys_.channels()), HubLink::Twice::harmless,
              [this, done = std::move(done)](const base::Result<redis::Reply>& reply) {
                if (!reply) return done(tl::unexpected(reply.error()));
                std::vector<hub::Found> channels;
                for (std::size_t i = 0; i + 1 < reply->size(); i += 2) {
                  auto channel = decode(std::string((*reply)[i].text()), (*reply)[i + 1].text());
                  if (channel)
                    channels.push_back(std::move(*channel));
                  else
                    report_(base::Level::error, channel.error().text());
                }
                std::ranges::sort(channels, {}, &hub::Channel::id);
                done(std::move(channels));
              });
}

// ---- changes

void RedisStore::update(const std::string& id, Change change, hub::Done<hub::Found> done) {
  if (!hub::is_channel_id(id))
    return done(base::fail(base::Kind::no_input, "use channel " + id, "that is no id of a channel"));
  reads_.send(redis::Command("HGET").add(keys_.channels()).add(id), HubLink::Twice::harmless,
              [this, id, change = std::move(change), done = std::move(done)](const base::Result<redis::Reply>& reply) {
                if (!reply) return done(tl::unexpected(reply.error()));
                try_update(id, std::string(reply->text()), change, done);
              });
}

// Only where the channel still is what it was when `change` saw it; else that sees it again.
void RedisStore::try_update(const std::string& id, const std::string& known, Change change,
                            hub::Done<hub::Found> done) {
  std::optional<hub::Channel> next;
  if (!known.empty()) {
    const auto channel = decode(id, known);
    if (!channel) return done(tl::unexpected(channel.error()));
    next = **channel;
  }
  if (auto changed = change(next); !changed) return done(tl::unexpected(std::move(changed.error())));
  const std::string text = next ? hub::encode(*next) : std::string();
  hub::Found found;
  if (next) found = std::make_shared<const hub::Channel>(std::move(*next));
  if (text == known) return done(found);
  writes_.run(
      kHubUpdate,
      {.keys = {keys_.channels(), keys_.tokens(), keys_.counts(), keys_.news(), keys_.lost(), keys_.log(id)},
       .args = {id, known, text}},
      HubLink::Twice::harmful,
      [this, id, found, change = std::move(change), done = std::move(done)](const base::Result<redis::Reply>& reply) {
        if (!reply) return done(tl::unexpected(reply.error()));
        const redis::Reply outcome = (*reply)[0];
        if (outcome.text() == "changed") return try_update(id, std::string((*reply)[1].text()), change, done);
        if (outcome.text() == "taken")
          return done(base::fail(base::Kind::data, "change channel " + id, "another has one of its tokens"));
        replicas_.add(
            [found, done](const base::Result<>& safe) { safe ? done(found) : done(tl::unexpected(safe.error())); });
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
  std::vector<std::string> ids;
  for (const auto& [id, watched] : watched_) ids.push_back(id);
  for (const std::string& id : ids) appended(id);
}

}  // namespace logredis
