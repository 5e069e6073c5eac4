#include "tools/logcat/kafka/offsets.h"

#include <algorithm>

namespace logcat::kafka {

std::optional<std::uint64_t> Offsets::find(const Place& place) const {
  const auto found = numbers_.find(place);
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

void Offsets::assign(const Place& place) {
  revoke(place);
  places_.emplace(++last_place_, Assigned{.place = place});
  numbers_.emplace(place, last_place_);
}

void Offsets::revoke(const Place& place) {
  const auto number = find(place);
  if (!number) return;
  places_.erase(*number);
  numbers_.erase(place);
}

std::vector<Place> Offsets::assigned() const {
  std::vector<Place> places;
  for (const auto& [number, one] : places_) places.push_back(one.place);
  return places;
}

bool Offsets::note(const Place& place, std::int64_t next) {
  const auto number = find(place);
  if (number) notes_.push_back({.place = *number, .next = next});
  return number.has_value();
}

void Offsets::skip(const Place& place, std::int64_t next) {
  const auto number = find(place);
  if (!number) return;
  const auto last = std::find_if(notes_.rbegin(), notes_.rend(), [&](const Note& one) { return one.place == *number; });
  if (last == notes_.rend())
    places_.at(*number).safe = next;
  else
    last->next = next;
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
