// Is all of a buffer sound? For `logbuf verify`, and for verbs that must not build on damage.
#pragma once

#include <cstdint>
#include <string>

#include "base/report.h"
#include "base/result.h"

namespace logbuf {

inline constexpr char kDamageFound[] = "damage was found; 'logbuf salvage' copies what is whole";

struct Soundness {
  std::uint64_t good = 0;  // messages
  bool sound = true;
};

// Says of each problem what it is, as an error.
base::Result<Soundness> verify(const std::string& path, const base::Report& report);

}  // namespace logbuf
