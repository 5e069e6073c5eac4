// What READ and REPLICATE send of the log, a piece at a time.
#pragma once

#include <cstddef>

#include "base/report.h"
#include "base/result.h"
#include "tools/logbuf/server/client.h"
#include "tools/logbuf/store/buffer.h"

namespace logbuf {

// Appends the next piece of what the client is reading to its output, about `limit` bytes. Where that was the last one,
// the client is not reading any more, and closing. False: there is nothing more now. Damaged messages are reported and
// left out. An error: the message that was begun cannot be ended (see Reading::begun), or the buffer cannot be read.
base::Result<bool> feed_some(Buffer& buffer, const base::Report& report, Client& client, std::size_t limit);

}  // namespace logbuf
