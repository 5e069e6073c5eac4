// The end of a command that its owner does not wait for any longer.
#pragma once

#include "base/units.h"
#include "stream/child.h"

namespace stream {

// Ends the child and what it has started: SIGTERM, and SIGKILL for what is left after `grace`. Waits for that. How the
// child ended says nothing about its work.
void terminate(Child& child, base::Duration grace);

}  // namespace stream
