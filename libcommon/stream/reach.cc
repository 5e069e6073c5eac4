#include "stream/reach.h"

#include <algorithm>

#include "base/clock.h"

namespace stream {

base::Result<void> await_reach(event::Loop& loop, Sink& sink, base::Duration limit) {
  // That a server has accepted a TLS client may only show by time (net::Transport::accepted).
  constexpr base::Duration kLook = std::chrono::milliseconds(250);
  const base::Instant end = base::now() + limit;
  for (;;) {
    TRY(sink.flush());
    if (!sink.away_since()) return {};
    const base::Duration left = end - base::now();
    if (left <= base::Duration::zero())
      return base::fail(base::Kind::temporary, "reach the destination",
                        "not within " + base::format_duration(limit) + " (" + sink.state() + "); run again");
    loop.wait(std::min(left, kLook));
  }
}

base::Result<Strength> await_strength(event::Loop& loop, Sink& sink) {
  for (;;) {
    TRY(sink.flush());
    if (const auto strength = sink.strength()) return *strength;
    loop.wait(std::nullopt);
  }
}

}  // namespace stream
