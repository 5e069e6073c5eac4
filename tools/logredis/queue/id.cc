#include "tools/logredis/queue/id.h"

#include <algorithm>

#include "base/units.h"

namespace logredis {

std::string Id::text() const {
  return std::to_string(major) + "-" + std::to_string(minor);
}

base::Result<Id> parse_id(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto major = base::parse_number(text.substr(0, dash));
  const auto minor = base::parse_number(dash == std::string_view::npos ? std::string_view() : text.substr(dash + 1));
  if (!major || !minor)
    return base::fail(base::Kind::data, "acknowledge '" + std::string(text.substr(0, 60)) + "'",
                      "it is no id and no range FIRST..LAST");
  return Id{*major, *minor};
}

base::Result<IdRange> parse_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  const Id first = TRY(parse_id(text.substr(0, dots)));
  if (dots == std::string_view::npos) return IdRange{first, first, true};
  const Id last = TRY(parse_id(text.substr(dots + 2)));
  if (last < first)
    return base::fail(base::Kind::data, "acknowledge '" + std::string(text.substr(0, 60)) + "'",
                      "its end is before its beginning");
  return IdRange{first, last, false};
}

void IdQueue::append(IdRun run) {
  if (run.count == 0) return;
  count_ += run.count;
  if (!runs_.empty()) {
    IdRun& back = runs_.back();
    if (back.first.major == run.first.major && back.first.minor + back.count == run.first.minor) {
      back.count += run.count;
      return;
    }
  }
  runs_.push_back(run);
}

void IdQueue::append(const IdQueue& other) {
  for (const IdRun& run : other.runs_) append(run);
}

IdQueue IdQueue::take(std::uint64_t count) {
  IdQueue taken;
  while (count > 0 && !runs_.empty()) {
    IdRun& front = runs_.front();
    const std::uint64_t part = std::min(count, front.count);
    taken.append({front.first, part});
    front.first.minor += part;
    front.count -= part;
    count -= part;
    count_ -= part;
    if (front.count == 0) runs_.pop_front();
  }
  return taken;
}

void IdQueue::clear() {
  runs_.clear();
  count_ = 0;
}

}  // namespace logredis
