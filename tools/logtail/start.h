// Where to begin in a log that is not remembered.
#pragma once

#include <cstdint>
#include <string>

#include "base/report.h"
#include "base/result.h"

namespace logtail {

struct Start {
  enum class Kind {
    oldest,
    newest,
    last_lines,  // the last `number` lines
    from_line,   // from line `number` on, which begin with 1
    from_id,     // with the message that has this id, or the first one after it
  };
  Kind kind = Kind::oldest;
  std::uint64_t number = 0;
};

// N or +N, as of -n; oldest, newest or an id, as of --from. Kind::usage with the reason where it is none.
base::Result<Start> parse_lines(const std::string& text);
base::Result<Start> parse_from(const std::string& text);

// The offset at which a line begins. Where an id is not in the file, says what is done instead.
base::Result<std::uint64_t> offset_of(const Start& start, int fd, const std::string& name, std::uint64_t size,
                                      const base::Report& report);

}  // namespace logtail
