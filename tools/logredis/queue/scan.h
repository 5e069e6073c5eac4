// The names of a server's keys, a page at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "redis/session.h"

namespace logredis {

// Calls visit(key) for every key that matches the glob pattern and, where one is given, is of that type. In a cluster
// those of one node. As Redis' SCAN: in no order, and one that is there all the time may rarely come twice.
base::Result<void> scan(redis::Session& session, std::string_view pattern, std::string_view type,
                        base::Duration patience, const std::function<base::Result<void>(const std::string&)>& visit);

}  // namespace logredis
