#include "tools/logredis/queue/queue_type.h"

namespace logredis {

base::Result<std::string> type_of(redis::Session& session, const std::string& key, base::Duration patience) {
  return std::string(TRY(session.ask(redis::Command("TYPE").add(key), patience)).text());
}

base::Result<void> require_layout(redis::Session& session, const std::string& key, Layout layout,
                                  base::Duration patience) {
  const std::string found = TRY(type_of(session, key, patience));
  const std::string wanted = layout == Layout::list ? "list" : "stream";
  if (found == "none" || found == wanted) return {};
  std::string why = "it holds a " + found + ", not a " + wanted;
  if (found == "list") why += "; leave --stream out";
  if (found == "stream") why += "; add --stream";
  return base::fail(base::Kind::data, "use " + key + " at " + session.address(), std::move(why));
}

}  // namespace logredis
