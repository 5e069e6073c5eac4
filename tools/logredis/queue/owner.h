// Who was handed messages: one process, named so that others on the same machine can tell whether it still runs.
//
// "HOST:PID:START:BOOT:NAMESPACE": START is its start in clock ticks since the boot whose id begins with BOOT; pids are
// those of the pid namespace. "once:" stands before the name of one that holds no lease, a plain peek: it ends before
// whoever reads its output can acknowledge, so that nothing is taken back from it.
#pragma once

#include <string>
#include <string_view>

namespace logredis {

inline constexpr std::string_view kOnce = "once:";

// This process's name.
std::string owner_name(bool leased);

inline bool is_leased(std::string_view owner) {
  return !owner.starts_with(kOnce);
}

// It ran on this machine, and is gone for certain.
bool is_dead(std::string_view owner);

}  // namespace logredis
