// Before a sink that has a fallback beside it says that it is ready.
#pragma once

#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "stream/flow.h"

namespace stream {

// Waits until the sink can reach what it delivers to. After `limit` that is an error: Kind::temporary.
base::Result<void> await_reach(event::Loop& loop, Sink& sink, base::Duration limit);

}  // namespace stream
