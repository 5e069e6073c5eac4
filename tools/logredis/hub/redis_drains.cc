#include "tools/logredis/hub/redis_drains.h"

#include <utility>

#include "tools/logredis/hub/hub_scripts.h"
#include "tools/logredis/queue/lease.h"

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

void RedisDrains::claim(const std::string& channel, const std::string& consumer,
                        hub::Done<std::optional<std::vector<std::string>>> done) {
  const HubKeys& keys = store_.keys();
  const std::string lease = options_.node + ":" + std::to_string(++claims_);
  const auto take = [this, channel, consumer, lease, done = std::move(done)](const base::Result<redis::Reply>& reply) {
    if (!reply) return done(tl::unexpected(reply.error()));
    if (reply->is_nil())
      return done(base::fail(base::Kind::no_input, "send drain " + consumer, "channel " + channel + " has it no more"));
    if ((*reply)[0].integer() == 0) return done(std::optional<std::vector<std::string>>());
    const redis::Reply json = (*reply)[1];
    const auto found = store_.decode(channel, json.text());
    if (!found) return done(tl::unexpected(found.error()));
    done(reader(channel, consumer, lease, !(*found)->no_store));
  };
  store_.link().run(kHubClaim,
                    {.keys = {keys.lease(channel, consumer), keys.channels(), keys.log(channel)},
                     .args = {channel, consumer, options_.node, lease, redis::milliseconds(kLeaseTime)}},
                    HubLink::Twice::harmless, take);
}

std::vector<std::string> RedisDrains::reader(const std::string& channel, const std::string& consumer,
                                             const std::string& lease, bool keep) const {
  std::vector<std::string> words{options_.logredis, "peek",    "-f",  "--stream",     "--consumer",
                                 consumer,          "--lease", lease, "--no-progress"};
  if (keep) words.emplace_back("--no-trim");
  words.insert(words.end(), options_.server.begin(), options_.server.end());
  words.push_back(store_.keys().log(channel));
  return words;
}

}  // namespace logredis
