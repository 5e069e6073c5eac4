// The times at which messages were accepted. They follow the clock, and so go up with the ids, except where the clock
// was set back: the record of clock steps says at which ids that was. Between two of these they never decrease.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "tools/logbuf/store/lmdb.h"

namespace logbuf {

// While the clock is behind the newest message by no more than this, its time repeats.
inline constexpr base::Duration kRepeatTime = std::chrono::minutes(1);

// The first ids after steps, in order.
base::Result<std::vector<std::uint64_t>> load_steps(const Txn& txn);

// When a chunk was accepted, as far as can be known at `now`: one that is of a time still to come was accepted before
// the next one that is not, or a moment ago. Moves the cursor.
base::Result<base::WallTime> accepted_at(Cursor& cursor, const std::vector<std::uint64_t>& steps, std::uint64_t id,
                                         base::WallTime now);

}  // namespace logbuf
