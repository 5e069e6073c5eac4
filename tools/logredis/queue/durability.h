// What a server promises when it answers: how far what it took has come by then.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "redis/session.h"
#include "stream/handshake.h"

namespace logredis {

struct Durability {
  bool log = false;       // appendonly
  std::string fsync;      // appendfsync: "always", "everysec" or "no"; empty: not known
  bool snapshots = true;  // now and then; where it is not known, true

  // `stored` only where it was fsynced before the answer.
  [[nodiscard]] stream::Strength strength() const;
  // "before each answer", "once a second", "now and then", "never": when it is on disk.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool keeps_nothing() const { return !log && !snapshots; }
};

// By CONFIG GET; where that is forbidden, by INFO.
base::Result<Durability> find_durability(redis::Session& session, base::Duration patience);

}  // namespace logredis
