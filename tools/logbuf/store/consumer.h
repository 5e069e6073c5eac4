// One consumer's view of the log: what it has acknowledged, what was handed out to whom, and so what is ready. Pure
// state.
//
// Ids up to the floor are acknowledged. Above it, spans say which ids are acknowledged or claimed; every other id is
// ready (R), every claimed one is in the backlog (B).
//
// A claim has an owner: one process's right to acknowledge cumulatively without touching what others hold. The owner of
// a claim that was made for a hop with an origin also notes the generation under which the messages were sent: see
// generation().
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace logbuf {

struct Range {
  std::uint64_t first = 1;
  std::uint64_t last = 0;  // inclusive; below first: empty
  [[nodiscard]] bool empty() const { return last < first; }
  [[nodiscard]] std::uint64_t count() const { return empty() ? 0 : last - first + 1; }
};

struct Span {
  Range range;
  std::uint64_t owner = 0;       // 0: acknowledged
  std::uint64_t generation = 0;  // of a hop with an origin; 0: any other claim
  [[nodiscard]] bool acknowledged() const { return owner == 0; }
};

// Is the process that owns a claim still there? Named is_dead: is it gone?
using IsLive = std::function<bool(std::uint64_t owner)>;

class ConsumerState {
 public:
  // A new consumer, the first id of whose R is `next`.
  ConsumerState(std::uint64_t number, std::uint64_t next, base::WallTime created);

  [[nodiscard]] std::string encode() const;
  static base::Result<ConsumerState> decode(std::string_view bytes);

  // Never used twice in a buffer, also when a consumer's name is.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] std::uint64_t floor() const { return floor_; }

  // A hop's origin includes this number. It changes whenever an id may be sent that is below one sent before it and was
  // not itself sent: the receiver's "last id" would take such a message for a duplicate.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

  // The lowest ready run; its end is open (UINT64_MAX) beyond the last span.
  [[nodiscard]] Range next_ready() const;
  [[nodiscard]] std::uint64_t ready(std::uint64_t head) const;         // messages in R, up to id `head`
  [[nodiscard]] std::uint64_t backlog() const;                         // messages in B
  [[nodiscard]] std::uint64_t abandoned(const IsLive& is_dead) const;  // of these, what dead owners hold
  [[nodiscard]] const std::vector<Span>& spans() const { return spans_; }

  // From R to B. The range must be ready. Error (Kind::temporary) when there would be too many spans.
  base::Result<void> claim(Range range, std::uint64_t owner, std::uint64_t generation);

  // What of `range` is in B, whoever owns it; the rest stays as it is. Returns how many were forgotten.
  base::Result<std::uint64_t> acknowledge(Range range);
  // A receipt: everything that the owner of `id` was handed up to and including `id`. 0 when `id` is not in B.
  base::Result<std::uint64_t> acknowledge_receipt(std::uint64_t id);

  // From R or B to acknowledged, because the messages no longer exist. Returns how many were not acknowledged before.
  base::Result<std::uint64_t> forget(Range range);
  // The messages of `range`, which has the oldest ids of the log, were dropped. As forget(), but where losses are told
  // they stay in R and B, from where they are claimed as a gap. Also counts them.
  base::Result<std::uint64_t> lose(Range range, base::WallTime now);

  // A new generation, under which `owner` sends what it holds of the present one again.
  void renew(std::uint64_t owner);

  // Takes back what dead owners hold; those for which `is_leased` is false (one-shot peeks) are not taken. Starts a new
  // generation unless all of it was sent under the present one, and `for_origin` is set. Returns how many messages are
  // ready again.
  std::uint64_t take_back(const IsLive& is_dead, bool for_origin);

  // From B to R, what this owner claimed and never handed out: its newest ids, so no new generation.
  void release(Range range, std::uint64_t owner);

  // From B to the head of R, in order; what live owners hold stays. A new generation, where anything moved.
  std::uint64_t rewind(std::uint64_t newest, const IsLive& is_live);
  // Also what was acknowledged, from `id` on.
  std::uint64_t rewind_to(std::uint64_t id, const IsLive& is_live);

  std::uint64_t lost = 0;     // messages dropped before this consumer acknowledged them
  bool tells_loss = false;    // in a message, where they are missing (peek --report-loss)
  base::WallTime lost_since;  // where that is so: when the first that is not told and acknowledged was dropped
  base::WallTime created;
  base::WallTime active;  // last claim or acknowledgement

 private:
  ConsumerState() = default;
  // Replaces what stands in `range` by what `change` makes of each piece: a span, or nothing for "ready".
  void rewrite(Range range, const std::function<std::optional<Span>(const Span&)>& change);
  void normalize();
  [[nodiscard]] base::Result<void> check_size() const;

  std::uint64_t number_ = 0;
  std::uint64_t floor_ = 0;
  std::uint64_t generation_ = 1;
  std::vector<Span> spans_;  // sorted, disjoint, above the floor
};

}  // namespace logbuf
