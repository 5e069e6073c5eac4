// Ids of messages: "CLAIM-SEQUENCE" in the list layout, Redis' own "MILLISECONDS-SEQUENCE" in the stream layout.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace logredis {

struct Id {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  auto operator<=>(const Id&) const = default;
  [[nodiscard]] std::string text() const;
};

inline constexpr Id kLastId{std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::uint64_t>::max()};

// Kind::data.
base::Result<Id> parse_id(std::string_view text);

// What is to be acknowledged: "7-1204" alone, or "7-1204..7-1210".
struct IdRange {
  Id first;
  Id last;
  bool lone = false;  // it was a single id, which as a receipt also stands for what came before it
};
base::Result<IdRange> parse_range(std::string_view text);

// Ids one after the other under one major.
struct IdRun {
  Id first;
  std::uint64_t count = 0;
  [[nodiscard]] Id last() const { return {first.major, first.minor + count - 1}; }
};

// Ids in the order in which their messages were handed out; as small as they are regular.
class IdQueue {
 public:
  void append(Id id) { append(IdRun{id, 1}); }
  void append(IdRun run);
  void append(const IdQueue& other);
  // The first `count` of them, or all.
  IdQueue take(std::uint64_t count);
  void clear();

  [[nodiscard]] bool empty() const { return runs_.empty(); }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const std::deque<IdRun>& runs() const { return runs_; }

 private:
  std::deque<IdRun> runs_;
  std::uint64_t count_ = 0;
};

}  // namespace logredis
