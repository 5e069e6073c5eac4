#include "tools/logredis/hub/redis_drains.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace logredis {

void RedisDrains::backlog(const std::string& channel, const std::string& consumer, hub::Done<std::uint64_t> done) {
  store_.standing(channel, [channel, consumer, done = std::move(done)](const base::Result<hub::Standing>& standing) {
    if (!standing) return done(tl::unexpected(standing.error()));
    for (const hub::DrainStanding& drain : standing->drains)
      if (drain.token == consumer) return done(drain.waiting);
    // The group went with the log when that expired, and is made again with the next message.
    done(standing->messages);
  });
}

void RedisDrains::remove(const std::string& /*channel*/, const std::string& /*consumer*/, hub::Done<> done) {
  done({});
}

// ---- the right to send

struct RedisDrains::Claiming {
  hub::Found channel;
  std::string consumer;
  std::vector<std::size_t> servers;  // that were not looked at yet
  hub::Done<std::optional<std::vector<std::string>>> done;
};

void RedisDrains::claim(const std::string& channel, const std::string& consumer,
                        hub::Done<std::optional<std::vector<std::string>>> done) {
  store_.find(channel, [this, channel, consumer, done = std::move(done)](const base::Result<hub::Found>& found) {
    if (!found) return done(tl::unexpected(found.error()));
    if (*found == nullptr) return done(tl::unexpected(no_channel(channel)));
    claim_next(std::make_shared<Claiming>(Claiming{*found, consumer, store_.servers_of(channel), done}));
  });
}

// Where the channel does not belong any longer only where something waits there; and not where that is away.
void RedisDrains::claim_next(const std::shared_ptr<Claiming>& claiming) {
  const std::size_t server = claiming->servers.front();
  claiming->servers.erase(claiming->servers.begin());
  if (claiming->servers.empty()) return claim_at(claiming, server);
  store_.standing_at(server, claiming->channel->id,
                     [this, claiming, server](const base::Result<hub::Standing>& standing) {
                       const auto waits = [&claiming](const hub::DrainStanding& drain) {
                         return drain.token == claiming->consumer && drain.waiting > 0;
                       };
                       const bool some = standing && std::ranges::any_of(standing->drains, waits);
                       some ? claim_at(claiming, server) : claim_next(claiming);
                     });
}

void RedisDrains::claim_at(const std::shared_ptr<Claiming>& claiming, std::size_t server) {
  const std::string lease = options_.node + ":" + std::to_string(++claims_);
  store_.claim_at(server, claiming->channel->id, claiming->consumer, options_.node, lease,
                  [this, claiming, server, lease](const base::Result<bool>& claimed) {
                    if (!claimed) return claiming->done(tl::unexpected(claimed.error()));
                    if (!*claimed) return claiming->done(std::optional<std::vector<std::string>>());
                    claiming->done(reader(*claiming, server, lease));
                  });
}

// The reader of what stands where the channel belonged before ends when all is sent.
std::vector<std::string> RedisDrains::reader(const Claiming& claiming, std::size_t server,
                                             const std::string& lease) const {
  std::vector<std::string> words{options_.logredis, "peek", "--stream",      "--consumer",   claiming.consumer,
                                 "--lease",         lease,  "--no-progress", "--report-loss"};
  if (claiming.servers.empty()) words.emplace_back("--follow");
  if (!claiming.channel->no_store) words.emplace_back("--no-trim");
  const std::vector<std::string>& where = options_.servers[server];
  words.insert(words.end(), where.begin(), where.end());
  words.push_back(store_.keys().log(claiming.channel->id));
  return words;
}

}  // namespace logredis
