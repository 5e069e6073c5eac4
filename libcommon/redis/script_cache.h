// Which scripts the server that is connected has, and by which names (EVALSHA).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "redis/connection.h"
#include "redis/script.h"

namespace redis {

class ScriptCache {
 public:
  struct Call {
    std::string_view command;  // EVAL or EVALSHA
    std::string_view script;   // its first argument; valid until the next call
  };

  // A connection is new: nothing is known of its server.
  void connected();
  // How the script is called now. Asks for its SHA by the way, where there is a connection; `connection` must not
  // outlive this.
  Call call(const Script& script, Connection* connection);

 private:
  struct Known {
    std::string sha;
    bool asked = false;   // for its SHA, on this connection
    bool loaded = false;  // by this connection
  };
  std::map<const Script*, Known> known_;
};

}  // namespace redis
