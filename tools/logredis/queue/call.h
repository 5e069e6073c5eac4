// A script's call as one command, for Session::ask(): seldom enough that the script's text may travel with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tools/logredis/queue/script_flags.h"

namespace logredis {

base::Result<redis::Reply> call(redis::Session& session, const FlaggedScript& script,
                                const std::vector<std::string>& keys, const std::vector<std::string>& args,
                                base::Duration patience);

}  // namespace logredis
