#include "tools/logcat/ring/event_counts.h"

#include <cmath>

#include "cli/exposition.h"
#include "tools/logcat/ring/value.h"

namespace logcat {

void EventCounts::count(const Site& site, std::string_view values) {
  Name* const name = name_of(site);
  if (name == nullptr) {
    ++other_events_;
    return;
  }
  ++name->count;
  for (const Site::Pair& pair : site.pairs) {
    const std::optional<double> number = number_of(pair.type, values);
    if (!skip_value(pair.type, values)) return;
    if (!number || !std::isfinite(*number)) continue;
    Sum* const sum = sum_of(*name, pair.key);
    if (sum == nullptr) {
      ++other_values_;
      continue;
    }
    sum->sum += *number;
    ++sum->count;
  }
}

// Null: there are too many.
EventCounts::Name* EventCounts::name_of(const Site& site) {
  key_.assign(site.namespace_).append(1, '\0').append(site.name);
  const auto known = places_.find(key_);
  if (known != places_.end()) return &names_[known->second];
  if (names_.size() >= kMostNames) return nullptr;
  places_.emplace(key_, names_.size());
  return &names_.emplace_back(Name{.space = site.namespace_, .event = site.name});
}

EventCounts::Sum* EventCounts::sum_of(Name& name, const std::string& key) {
  for (Sum& sum : name.sums)
    if (sum.key == key) return &sum;
  if (sums_ >= kMostSums) return nullptr;
  ++sums_;
  return &name.sums.emplace_back(Sum{.key = key});
}

std::string EventCounts::text(std::size_t ring_files) const {
  cli::Exposition out;
  out.metric("mulog_events_total", "counter", "Events that were read.");
  for (const Name& name : names_) out.sample({{"namespace", name.space}, {"event", name.event}}, name.count);
  out.metric("mulog_value", "summary", "Numbers in these events.");
  for (const Name& name : names_)
    for (const Sum& sum : name.sums) {
      const std::initializer_list<cli::Exposition::Label> labels{
          {"namespace", name.space}, {"event", name.event}, {"key", sum.key}};
      out.sample(labels, sum.sum, "_sum");
      out.sample(labels, sum.count, "_count");
    }
  out.metric("mulog_other_events_total", "counter", "Events of further names, of which there are too many.");
  out.sample({}, other_events_);
  out.metric("mulog_other_values_total", "counter", "Numbers under further keys, of which there are too many.");
  out.sample({}, other_values_);
  out.metric("mulog_events_overwritten_total", "counter", "Events that were overwritten before they were read.");
  out.sample({}, lost_);
  out.metric("mulog_ring_files", "gauge", "Ring files that are read.");
  out.sample({}, ring_files);
  return out.text();
}

}  // namespace logcat
