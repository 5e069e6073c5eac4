#include "tools/logredis/hub/redis_sessions.h"

#include <utility>

namespace logredis {

void RedisSessions::add(const std::string& uuid, const hub::Session& session, hub::Done<> done) {
  redis::Command set("SET");
  set.add(keys_.session(uuid)).add(hub::encode(session)).add("PX").add(redis::milliseconds(hub::kSessionLife));
  link_.send(std::move(set), HubLink::Twice::harmless,
             [done = std::move(done)](const base::Result<redis::Reply>& reply) {
               reply ? done({}) : done(tl::unexpected(reply.error()));
             });
}

void RedisSessions::use(const std::string& uuid, hub::Done<std::optional<hub::Session>> done) {
  redis::Command get("GETEX");
  get.add(keys_.session(uuid)).add("PX").add(redis::milliseconds(hub::kSessionLife));
  link_.send(std::move(get), HubLink::Twice::harmless,
             [done = std::move(done)](const base::Result<redis::Reply>& reply) {
               if (!reply) return done(tl::unexpected(reply.error()));
               if (reply->is_nil()) return done(std::optional<hub::Session>());
               auto session = hub::parse_session(reply->text());
               session ? done(std::optional(std::move(*session))) : done(tl::unexpected(session.error()));
             });
}

}  // namespace logredis
