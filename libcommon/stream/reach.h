// What a sink waits for before it greets its source.
#pragma once

#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "stream/flow.h"

namespace stream {

// For one that has a fallback beside it. Waits until the sink can reach what it delivers to. After `limit` that is an
// error: Kind::temporary.
base::Result<void> await_reach(event::Loop& loop, Sink& sink, base::Duration limit);

// For one that passes on what it takes. Waits until the own sink has greeted; what its receipts mean.
base::Result<Strength> await_strength(event::Loop& loop, Sink& sink);

}  // namespace stream
