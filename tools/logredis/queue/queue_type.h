// What stands at a queue's key.
#pragma once

#include <string>

#include "base/result.h"
#include "redis/session.h"
#include "tools/logredis/shared_options.h"

namespace logredis {

// Redis' own name: "list", "stream", "none", "hash", ...
base::Result<std::string> type_of(redis::Session& session, const std::string& key, base::Duration patience);

// Kind::data where the key holds something else than `layout` wants. Nothing yet is as good. In a cluster this has also
// led the session to the node that has the key.
base::Result<void> require_layout(redis::Session& session, const std::string& key, Layout layout,
                                  base::Duration patience);

}  // namespace logredis
