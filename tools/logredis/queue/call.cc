#include "tools/logredis/queue/call.h"

namespace logredis {

base::Result<redis::Reply> call(redis::Session& session, const FlaggedScript& script,
                                const std::vector<std::string>& keys, const std::vector<std::string>& args,
                                base::Duration patience) {
  redis::Command command("EVAL");
  command.add(script.on(session).source).add(static_cast<std::uint64_t>(keys.size()));
  for (const std::string& key : keys) command.add(key);
  for (const std::string& arg : args) command.add(arg);
  return session.ask(command, patience);
}

}  // namespace logredis
