// A Lua script that the server runs as one step. Sources have static lifetime; a session knows a script by its address.
#pragma once

#include <string_view>

namespace redis {

struct Script {
  std::string_view source;
};

}  // namespace redis
