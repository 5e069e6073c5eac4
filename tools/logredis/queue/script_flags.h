// A script as it is for servers from 7.0 on, and for older ones.
#pragma once

#include "redis/session.h"

namespace logredis {

// Moving messages, and acknowledging them, must go on when the server's memory is full, for else it could never be
// emptied. Only Redis 7 can be told that.
struct FlaggedScript {
  redis::Script flagged;  // its first line is "#!lua flags=..."
  redis::Script plain;    // the same without that line

  explicit constexpr FlaggedScript(std::string_view source)
      : flagged{source}, plain{source.substr(source.find('\n') + 1)} {}

  [[nodiscard]] const redis::Script& on(const redis::Session& session) const {
    const auto major = base::parse_number(std::string_view(session.version()).substr(0, session.version().find('.')));
    return major.value_or(0) >= 7 ? flagged : plain;
  }
};

}  // namespace logredis
