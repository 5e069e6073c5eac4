// logbuf(1), which knows buffers, as a child of this process.
#pragma once

#include <cstdint>
#include <string>

#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"

namespace logtail {

// The one beside this program; else whichever is in PATH.
std::string logbuf_program();

struct BufferState {
  std::string uuid;
  std::uint64_t first_id = 1;
  std::uint64_t next_id = 1;
};

// Waits for its answer, seconds at most, also when it is killed meanwhile.
base::Result<BufferState> state_of_buffer(event::Loop& loop, const std::string& path, const base::Report& report);

}  // namespace logtail
