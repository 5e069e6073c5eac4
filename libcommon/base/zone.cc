#include "base/zone.h"

#include <algorithm>
#include <ctime>
#include <limits>
#include <utility>

namespace base {
namespace {

using std::chrono::minutes;

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kBeforeAll = std::numeric_limits<std::int64_t>::min() / 2;

struct Setting {
  minutes offset{0};
  std::string name;
  bool operator==(const Setting&) const = default;
};

Setting setting_at(std::int64_t utc) {
  const auto time = static_cast<std::time_t>(utc);
  std::tm fields{};
  if (::localtime_r(&time, &fields) == nullptr) return {};
  return {minutes(fields.tm_gmtoff / kMinute), fields.tm_zone};
}

// The first minute after `before` whose setting differs from it; at `after` it does.
std::int64_t change_between(std::int64_t before, std::int64_t after, const Setting& setting) {
  while (after - before > kMinute) {
    const std::int64_t middle = before + (after - before) / kMinute / 2 * kMinute;
    (setting_at(middle) == setting ? before : after) = middle;
  }
  return after;
}

}  // namespace

Zone::Zone(minutes offset, std::string name) {
  add(kBeforeAll, offset, std::move(name));
}

Zone Zone::local() {
  constexpr std::int64_t kStep = std::int64_t{14} * 86400;  // no zone changed twice in so short a time
  constexpr std::int64_t kLast = std::int64_t{131} * 365 * 86400;
  ::tzset();
  Setting setting = setting_at(0);
  Zone zone(setting.offset, setting.name);
  for (std::int64_t from = 0; from < kLast; from += kStep) {
    if (setting_at(from + kStep) == setting) continue;
    const std::int64_t change = change_between(from, from + kStep, setting);
    setting = setting_at(change);
    zone.add(change, setting.offset, setting.name);
  }
  return zone;
}

void Zone::add(std::int64_t begin, minutes offset, std::string name) {
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
  periods_.push_back({begin, begin + offset.count() * kMinute, offset, std::move(name)});
}

minutes Zone::offset_at(std::int64_t utc) const {
  const auto after = std::upper_bound(periods_.begin() + 1, periods_.end(), utc,
                                      [](std::int64_t time, const Period& period) { return time < period.begin; });
  return std::prev(after)->offset;
}

std::size_t Zone::period_of(std::int64_t local) const {
  const auto after =
      std::upper_bound(periods_.begin() + 1, periods_.end(), local,
                       [](std::int64_t time, const Period& period) { return time < period.local_begin; });
  return static_cast<std::size_t>(after - periods_.begin()) - 1;
}

minutes Zone::offset_of(std::int64_t local, std::int64_t now) const {
  constexpr std::int64_t kClockError = kMinute;
  const std::size_t at = period_of(local);
  const Period& later = periods_[at];
  if (at == 0) return later.offset;
  const minutes earlier = periods_[at - 1].offset;
  const bool shown_twice = local - earlier.count() * kMinute < later.begin;
  const bool not_yet = local - later.offset.count() * kMinute > now + kClockError;
  return shown_twice && not_yet ? earlier : later.offset;
}

std::optional<minutes> Zone::offset_named(std::string_view name, std::int64_t local) const {
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) return {};
  const std::size_t at = period_of(local);
  for (std::size_t distance = 0;; ++distance) {
    if (distance <= at && periods_[at - distance].name == name) return periods_[at - distance].offset;
    if (at + distance < periods_.size() && periods_[at + distance].name == name) return periods_[at + distance].offset;
  }
}

const Zone& local_zone() {
  static const Zone zone = Zone::local();
  return zone;
}

}  // namespace base
