// Places in logs, and the pieces between them. A log is one file (not its name), one buffer or one remote log; each has
// a number, which a checkpoint remembers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace logtail {

struct Place {
  std::uint64_t log = 0;  // 0: none
  std::string name;       // where it is looked for: "/var/log/app.log", "buf:/var/lib/logbuf/q"
  std::string identity;   // which one it is of all that have ever been found there; without white space, not compared
  std::uint64_t at = 0;   // what comes before is done: an offset, or the id of the last message
  bool passing = true;    // --since, --until: what has no time of its own is in the range
};

// Consecutive messages of one log, or something passed over.
struct Piece {
  Place begin;
  std::uint64_t end = 0;
  bool passing_after = true;
  std::vector<std::uint32_t> ends;   // where each message ends, counted from begin.at
  std::string identity_inside = {};  // of places in the middle, and at the end; empty: as at the beginning
  std::string identity_after = {};
  bool moved = false;  // the log goes on in another file: there is something to remember, although nothing was read

  [[nodiscard]] bool empty() const { return ends.empty() && end == begin.at && !moved; }
  [[nodiscard]] Place last() const { return after(ends.size()); }
  // After the first `count` messages.
  [[nodiscard]] Place after(std::size_t count) const {
    Place place = begin;
    if (count == ends.size()) {
      place.at = end;
      place.passing = passing_after;
      if (!identity_after.empty()) place.identity = identity_after;
    } else if (count > 0) {
      place.at += ends[count - 1];
      place.passing = true;
      if (!identity_inside.empty()) place.identity = identity_inside;
    }
    return place;
  }
};

// What goes to a sink under which ids. Cut again, with the same options, the piece gives the same messages.
struct Plan {
  Place begin;  // with the identity that the log has at the end: all that is planned was read of it
  std::uint64_t end = 0;
  bool passing_after = true;
  std::uint64_t first_id = 0;
  std::uint64_t count = 0;

  [[nodiscard]] std::uint64_t last_id() const { return first_id + count - 1; }
};

}  // namespace logtail
