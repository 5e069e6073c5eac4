#include "tools/logbuf/store/consumer.h"

#include <algorithm>
#include <limits>
#include <map>

#include "tools/logbuf/store/pack.h"

namespace logbuf {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kTellsLoss = 1;  // a flag
constexpr std::size_t kMaxSpans = 65536;
constexpr std::uint64_t kOpenEnd = std::numeric_limits<std::uint64_t>::max();

bool continues(const Span& left, const Span& right) {
  return left.range.last + 1 == right.range.first && left.owner == right.owner && left.generation == right.generation;
}

}  // namespace

ConsumerState::ConsumerState(std::uint64_t number, std::uint64_t next, base::WallTime now)
    : created(now), active(now), number_(number), floor_(next - 1) {}

std::string ConsumerState::encode() const {
  Packer packer;
  packer.u32(kVersion)
      .u32(tells_loss ? kTellsLoss : 0)
      .u64(number_)
      .u64(floor_)
      .u64(generation_)
      .u64(lost)
      .time(created)
      .time(active);
  packer.u64(spans_.size());
  for (const Span& span : spans_)
    packer.u64(span.range.first).u64(span.range.last).u64(span.owner).u64(span.generation);
  if (tells_loss) packer.time(lost_since);
  return packer.take();
}

base::Result<ConsumerState> ConsumerState::decode(std::string_view bytes) {
  Unpacker unpacker(bytes);
  ConsumerState state;
  const std::uint32_t version = unpacker.u32();
  state.tells_loss = (unpacker.u32() & kTellsLoss) != 0;
  state.number_ = unpacker.u64();
  state.floor_ = unpacker.u64();
  state.generation_ = unpacker.u64();
  state.lost = unpacker.u64();
  state.created = unpacker.time();
  state.active = unpacker.time();
  const std::uint64_t count = unpacker.u64();
  if (!unpacker.ok() || version != kVersion || count > kMaxSpans)
    return base::fail(base::Kind::data, "read consumer", "its record is damaged");
  std::uint64_t below = state.floor_;
  for (std::uint64_t i = 0; i < count; ++i) {
    Span span{{unpacker.u64(), unpacker.u64()}, unpacker.u64(), unpacker.u64()};
    if (!unpacker.ok() || span.range.empty() || span.range.first <= below)
      return base::fail(base::Kind::data, "read consumer", "its record is damaged");
    below = span.range.last;
    state.spans_.push_back(span);
  }
  if (state.tells_loss) state.lost_since = unpacker.time();
  if (!unpacker.ok()) return base::fail(base::Kind::data, "read consumer", "its record is damaged");
  return state;
}

Range ConsumerState::next_ready() const {
  std::uint64_t next = floor_ + 1;
  for (const Span& span : spans_) {
    if (span.range.first > next) return {next, span.range.first - 1};
    next = span.range.last + 1;
  }
  return {next, kOpenEnd};
}

std::uint64_t ConsumerState::ready(std::uint64_t head) const {
  std::uint64_t taken = 0;
  for (const Span& span : spans_) taken += span.range.count();
  return head > floor_ + taken ? head - floor_ - taken : 0;
}

std::uint64_t ConsumerState::backlog() const {
  std::uint64_t count = 0;
  for (const Span& span : spans_)
    if (!span.acknowledged()) count += span.range.count();
  return count;
}

std::uint64_t ConsumerState::abandoned(const IsLive& is_dead) const {
  std::map<std::uint64_t, std::uint64_t> held;  // by owner
  for (const Span& span : spans_)
    if (!span.acknowledged()) held[span.owner] += span.range.count();
  std::uint64_t count = 0;
  for (const auto& [owner, messages] : held)
    if (is_dead(owner)) count += messages;
  return count;
}

base::Result<void> ConsumerState::check_size() const {
  if (spans_.size() <= kMaxSpans) return {};
  return base::fail(base::Kind::temporary, "keep track of the backlog",
                    "it has more than 65536 separate ranges; acknowledge or rewind some first");
}

base::Result<void> ConsumerState::claim(Range range, std::uint64_t owner, std::uint64_t generation) {
  const Span span{range, owner, generation};
  const auto after = std::upper_bound(spans_.begin(), spans_.end(), range.first,
                                      [](std::uint64_t id, const Span& each) { return id < each.range.first; });
  spans_.insert(after, span);
  normalize();
  return check_size();
}

base::Result<std::uint64_t> ConsumerState::acknowledge(Range range) {
  std::uint64_t count = 0;
  rewrite(range, [&](const Span& span) {
    if (!span.acknowledged()) count += span.range.count();
    return Span{span.range};
  });
  TRY(check_size());
  return count;
}

base::Result<std::uint64_t> ConsumerState::acknowledge_receipt(std::uint64_t id) {
  const auto holder = std::find_if(spans_.begin(), spans_.end(), [id](const Span& span) {
    return !span.acknowledged() && span.range.first <= id && id <= span.range.last;
  });
  if (holder == spans_.end()) return 0;
  const std::uint64_t owner = holder->owner;
  std::uint64_t count = 0;
  rewrite({1, id}, [&](const Span& span) {
    if (span.owner != owner) return span;
    count += span.range.count();
    return Span{span.range};
  });
  TRY(check_size());
  return count;
}

base::Result<std::uint64_t> ConsumerState::forget(Range range) {
  if (range.last <= floor_ || range.empty()) return 0;
  range.first = std::max(range.first, floor_ + 1);
  std::uint64_t known = 0;
  rewrite(range, [&](const Span& span) -> std::optional<Span> {
    if (span.acknowledged()) known += span.range.count();
    return {};
  });
  const Span gone{range};
  spans_.insert(std::upper_bound(spans_.begin(), spans_.end(), range.first,
                                 [](std::uint64_t id, const Span& each) { return id < each.range.first; }),
                gone);
  normalize();
  TRY(check_size());
  return range.count() - known;
}

base::Result<std::uint64_t> ConsumerState::lose(Range range, base::WallTime now) {
  std::uint64_t count = 0;
  if (!tells_loss) {
    count = TRY(forget(range));
  } else if (range.last > floor_) {
    if (floor_ + 1 >= range.first) lost_since = now;  // nothing below it is still to be told
    range.first = std::max(range.first, floor_ + 1);
    count = range.count();
    for (const Span& span : spans_) {
      const Range both{std::max(span.range.first, range.first), std::min(span.range.last, range.last)};
      if (span.acknowledged()) count -= both.count();
    }
  }
  lost += count;
  return count;
}

std::uint64_t ConsumerState::take_back(const IsLive& is_dead, bool for_origin) {
  std::uint64_t count = 0;
  bool same_generation = true;
  rewrite({1, kOpenEnd}, [&](const Span& span) -> std::optional<Span> {
    if (span.acknowledged() || !is_dead(span.owner)) return span;
    count += span.range.count();
    same_generation = same_generation && span.generation == generation_;
    return {};
  });
  if (count > 0 && !(for_origin && same_generation)) ++generation_;
  return count;
}

void ConsumerState::renew(std::uint64_t owner) {
  const std::uint64_t before = generation_++;
  for (Span& span : spans_)
    if (span.owner == owner && span.generation == before) span.generation = generation_;
}

void ConsumerState::release(Range range, std::uint64_t owner) {
  rewrite(range, [owner](const Span& span) { return span.owner == owner ? std::optional<Span>() : span; });
}

std::uint64_t ConsumerState::rewind(std::uint64_t newest, const IsLive& is_live) {
  std::uint64_t left = newest;
  std::uint64_t from = kOpenEnd;  // ids from here on, of the dead, go back
  for (auto span = spans_.rbegin(); span != spans_.rend() && left > 0; ++span) {
    if (span->acknowledged() || is_live(span->owner)) continue;
    const std::uint64_t take = std::min(left, span->range.count());
    from = span->range.last - take + 1;
    left -= take;
  }
  if (left == newest) return 0;
  rewrite({from, kOpenEnd}, [&](const Span& span) -> std::optional<Span> {
    if (span.acknowledged() || is_live(span.owner)) return span;
    return {};
  });
  ++generation_;
  return newest - left;
}

std::uint64_t ConsumerState::rewind_to(std::uint64_t id, const IsLive& is_live) {
  std::uint64_t count = 0;
  if (id <= floor_) {
    spans_.insert(spans_.begin(), Span{{id, floor_}});
    floor_ = id - 1;
  }
  rewrite({id, kOpenEnd}, [&](const Span& span) -> std::optional<Span> {
    if (!span.acknowledged() && is_live(span.owner)) return span;
    count += span.range.count();
    return {};
  });
  if (count > 0) ++generation_;
  return count;
}

void ConsumerState::rewrite(Range range, const std::function<std::optional<Span>(const Span&)>& change) {
  std::vector<Span> result;
  result.reserve(spans_.size() + 2);
  const auto keep = [&](Span span, std::uint64_t first, std::uint64_t last) {
    span.range = {first, last};
    if (!span.range.empty()) result.push_back(span);
  };
  for (const Span& span : spans_) {
    const std::uint64_t first = std::max(span.range.first, range.first);
    const std::uint64_t last = std::min(span.range.last, range.last);
    if (first > last) {
      result.push_back(span);
      continue;
    }
    if (first > span.range.first) keep(span, span.range.first, first - 1);
    Span piece = span;
    piece.range = {first, last};
    if (const std::optional<Span> changed = change(piece)) result.push_back(*changed);
    if (last < span.range.last) keep(span, last + 1, span.range.last);
  }
  spans_ = std::move(result);
  normalize();
}

void ConsumerState::normalize() {
  std::vector<Span> result;
  result.reserve(spans_.size());
  for (const Span& span : spans_) {
    if (span.acknowledged() && span.range.first == floor_ + 1 && result.empty()) {
      floor_ = span.range.last;
    } else if (!result.empty() && continues(result.back(), span)) {
      result.back().range.last = span.range.last;
    } else {
      result.push_back(span);
    }
  }
  spans_ = std::move(result);
}

}  // namespace logbuf
