// What a damaged buffer knows beside its messages, for `logbuf salvage`.
#pragma once

#include <string>

#include "base/result.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

// Reads it in a process of its own: a damaged tree may end whoever follows it.
base::Result<Buffer::Memory> read_memory(const std::string& path);

}  // namespace logbuf
