// What error replies mean.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "redis/reply.h"

namespace redis {

// "OOM", "WRONGTYPE", "ERR": the first word; of a failed script's error the one of the command in it.
std::string_view error_code(std::string_view error);

// Another try may succeed, on this server or on another one.
bool is_passing(std::string_view error);

// An error reply as an Error: WRONGTYPE is data, NOAUTH, WRONGPASS and NOPERM are permission, an unknown command means
// that the server is too old (unavailable), others are protocol. `version`: the server's, where it is known.
base::Error error_of(const Reply& reply, const std::string& action, std::string_view version = {});

}  // namespace redis
