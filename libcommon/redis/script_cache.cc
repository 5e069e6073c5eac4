#include "redis/script_cache.h"

#include <utility>

namespace redis {

void ScriptCache::connected() {
  for (auto& [script, known] : known_) known.loaded = known.asked = false;
}

// EVAL loads a script as well; EVALSHA behind it, on the same connection, always finds it.
ScriptCache::Call ScriptCache::call(const Script& script, Connection* connection) {
  Known& known = known_[&script];
  const bool by_sha = std::exchange(known.loaded, true) && !known.sha.empty();
  if (connection != nullptr && known.sha.empty() && !std::exchange(known.asked, true))
    connection->send(Command("SCRIPT").add("LOAD").add(script.source), [&known](const Reply& reply) {
      if (!reply.is_error()) known.sha = reply.text();
    });
  return by_sha ? Call{"EVALSHA", known.sha} : Call{"EVAL", script.source};
}

}  // namespace redis
