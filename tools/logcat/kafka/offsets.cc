#include "tools/logcat/kafka/offsets.h"

#include <algorithm>

namespace logcat::kafka {

std::optional<std::uint64_t> Offsets::find(const Place& place) const {
  const auto found = std::ranges::find_if(places_, [&](const auto& one) { return one.second.place == place; });
  if (found == places_.end()) return std::nullopt;
  return found->first;
}

void Offsets::assign(const Place& place) {
  revoke(place);
  places_.emplace(++last_place_, Assigned{.place = place});
}

void Offsets::revoke(const Place& place) {
  if (const auto number = find(place)) places_.erase(*number);
}

std::vector<Place> Offsets::assigned() const {
  std::vector<Place> places;
  for (const auto& [number, one] : places_) places.push_back(one.place);
  return places;
}

void Offsets::note(const Place& place, std::int64_t next) {
  notes_.push_back({.place = find(place).value_or(0), .next = next});
}

void Offsets::acknowledge(std::uint64_t count) {
  for (; safe_ < count && !notes_.empty(); ++safe_) {
    const auto found = places_.find(notes_.front().place);
    if (found != places_.end()) found->second.safe = notes_.front().next;
    notes_.pop_front();
  }
}

bool Offsets::has_news() const {
  return std::ranges::any_of(places_, [](const auto& one) { return one.second.safe != one.second.committed; });
}

std::vector<Commit> Offsets::news() const {
  std::vector<Commit> commits;
  for (const auto& [number, one] : places_)
    if (one.safe && one.safe != one.committed) commits.push_back({one.place, *one.safe});
  return commits;
}

void Offsets::committed(const std::vector<Commit>& commits) {
  for (const Commit& commit : commits)
    if (const auto number = find(commit.place)) places_.at(*number).committed = commit.next;
}

void Offsets::forget_commit(const Place& place) {
  if (const auto number = find(place)) places_.at(*number).committed.reset();
}

}  // namespace logcat::kafka
