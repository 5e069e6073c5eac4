// Messages on their way to the server, in chunks that it takes whole or not at all. Passive.
//
// Each message has a number, its id in the origin; they only grow. The server keeps the number of the last one that it
// took, and takes a chunk only behind the one that precedes it: so nothing is there twice or in another order, whatever
// became of connections meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "stream/batch.h"

namespace logredis {

class PushWindow {
 public:
  struct Chunk {
    std::string arguments;            // the messages, as append_argument() makes them
    std::vector<std::uint32_t> ends;  // of each in `arguments`
    std::vector<std::uint64_t> numbers;

    [[nodiscard]] std::size_t count() const { return numbers.size(); }
    [[nodiscard]] std::uint64_t last() const { return numbers.back(); }
  };

  // `ids`: the messages' own ids are their numbers; otherwise they are counted from 1 on. A chunk has about
  // `chunk_bytes`.
  PushWindow(bool ids, std::size_t max_bytes, std::size_t chunk_bytes = 64 << 10)
      : ids_(ids), max_bytes_(max_bytes), chunk_bytes_(chunk_bytes) {}

  // Bytes that fit, 0 unless a useful part is free; a batch somewhat larger is taken as well.
  [[nodiscard]] std::size_t room() const;
  // Kind::protocol where ids are to be numbers that grow, and do not.
  base::Result<void> append(const stream::Batch& batch);

  // The next to be sent; nothing: none. One that could still grow, while others are under way, waits.
  [[nodiscard]] const Chunk* next() const;
  // The number that precedes it, as the server should have it: "" at the very start.
  [[nodiscard]] std::string before_next() const;
  void sent() { ++sent_; }

  // The server has taken the oldest one that is under way.
  void taken();
  // The first `chunks` that were taken are safe.
  void release(std::size_t chunks);

  // The connection is lost: what became of all that is not safe is not known.
  void forget_sent();
  // The server says that it has taken all up to `last` (nothing: it knows of none), which overrides what was known.
  // Messages up to there count as taken, all others are to be sent. False: that is less than what was released, so that
  // the server has lost messages.
  bool settle(std::optional<std::uint64_t> last);

  [[nodiscard]] std::size_t under_way() const { return sent_ - taken_; }
  [[nodiscard]] std::size_t unreleased() const { return taken_; }  // chunks taken and not released
  [[nodiscard]] std::uint64_t safe() const { return safe_; }
  [[nodiscard]] std::uint64_t waiting() const { return appended_ - safe_; }
  [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }
  [[nodiscard]] bool empty() const { return chunks_.empty(); }

 private:
  [[nodiscard]] base::Result<std::uint64_t> number_of(const stream::Batch& batch, std::size_t index) const;
  void add(std::uint64_t number, std::string_view message);
  void split_front(std::size_t messages);
  [[nodiscard]] bool is_full(const Chunk& chunk) const;

  bool ids_;
  std::size_t max_bytes_;
  std::size_t chunk_bytes_;
  std::deque<Chunk> chunks_;  // taken ones, then those under way, then others; none is empty
  std::size_t taken_ = 0;
  std::size_t sent_ = 0;  // those taken included
  std::size_t bytes_ = 0;
  std::optional<std::uint64_t> known_;     // what the server has taken, as far as we know
  std::optional<std::uint64_t> released_;  // what it had taken when its messages became safe
  std::uint64_t appended_ = 0;
  std::uint64_t safe_ = 0;
  std::uint64_t duplicates_ = 0;
};

}  // namespace logredis
