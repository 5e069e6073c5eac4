// Reads messages from a place in a file: big blocks, cut in memory, into a batch. What is no whole message yet is read
// again the next time, from the page cache, so that nothing is kept for a file that waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "stream/batch.h"
#include "tools/logtail/emitter.h"
#include "tools/logtail/files/cutter.h"
#include "tools/logtail/files/trace.h"

namespace logtail {

class Reader {
 public:
  static constexpr std::size_t kBlock = 256 << 10;  // at most so much is read at a time
  static constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();

  struct Request {
    int fd;
    const std::string& name;
    std::uint64_t begin;         // where a message begins
    std::uint64_t end = kNoEnd;  // nothing behind it is looked at
    Rest rest = Rest::wait;      // at the end, whichever it is
    std::size_t limit;           // bytes of messages, about
    const Trace* before = {};    // of what comes before `begin`; checked, and extended
  };
  struct Outcome {
    std::uint64_t next;  // where to go on
    bool at_end;         // there is no more whole message now
    std::uint64_t seen;  // up to where it looked; more than `next`: half a message
    Trace trace;         // up to `next`
    bool changed;        // what is before `begin` is not what it was: nothing was read
  };

  Reader(Cutter cutter, EmitterOptions options);

  // Appends messages, and to `ends` where each ends, from `begin` on. Something was passed over where `next` has moved.
  base::Result<Outcome> read(const Request& request, bool& passing, stream::Batch& out,
                             std::vector<std::uint32_t>& ends);

  // How often a message was cut since it was too long.
  [[nodiscard]] std::uint64_t split() const { return split_; }

 private:
  void grow(std::size_t size);

  Cutter cutter_;
  Emitter emitter_;
  std::unique_ptr<char[]> buffer_;
  std::size_t size_ = 0;
  std::uint64_t split_ = 0;
};

}  // namespace logtail
