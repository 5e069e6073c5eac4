#include "tools/logredis/queue/durability.h"

namespace logredis {
namespace {

using base::Kind;

// A hosted server often has no CONFIG, or does not allow it.
bool is_refused(const base::Error& error) {
  return error.kind == Kind::permission || error.kind == Kind::unavailable || error.kind == Kind::protocol;
}

}  // namespace

stream::Strength Durability::strength() const {
  return log && fsync == "always" ? stream::Strength::stored : stream::Strength::peer;
}

std::string Durability::text() const {
  if (log && fsync == "always") return "before each answer";
  if (log && fsync == "everysec") return "once a second";
  if (log) return "when the system likes";
  return snapshots ? "now and then" : "never";
}

base::Result<Durability> find_durability(redis::Session& session, base::Duration patience) {
  Durability found;
  const auto config = session.ask(redis::Command("CONFIG").add("GET").add("append*"), patience);
  if (config) {
    found.log = config->value_of("appendonly").text() == "yes";
    found.fsync = config->value_of("appendfsync").text();
    const redis::Reply save = TRY(session.ask(redis::Command("CONFIG").add("GET").add("save"), patience));
    found.snapshots = !save.value_of("save").text().empty();
    return found;
  }
  if (!is_refused(config.error()) || !session.ready()) return tl::unexpected(config.error());
  const redis::Reply info = TRY(session.ask(redis::Command("INFO").add("persistence"), patience));
  found.log = info.text().find("aof_enabled:1") != std::string_view::npos;
  return found;
}

}  // namespace logredis
