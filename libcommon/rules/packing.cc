#include "rules/packing.h"

#include <utility>
#include <vector>

namespace rules {

Packing::Packing(PackingLimits limits, bool raw, Render render)
    : limits_(limits), raw_(raw), render_(std::move(render)) {}

void Packing::add(std::uint64_t position, std::string_view id, const Joining& joining, const codec::Event& event,
                  base::Instant now) {
  const codec::Timestamp received = codec::timestamp_of(workspace_.clock);
  std::string key;
  if (joining.packer != nullptr) joining.packer->append_key(key, event, joining.sender);
  const auto found = joining.packer != nullptr ? open_.find(key) : open_.end();
  const bool by_time = joining.packer != nullptr && joining.packer->by_time();
  bool joined = false;
  if (found != open_.end()) {
    const auto item = found->second;
    joined = !joining.starts && join(item, event, received);
    if (joined) item->packed.route |= joining.route;
    if (!joined) close(item);
  }
  if (!joined) {
    const auto item = push(position);
    item->packed.route = joining.route;
    if (by_time || joining.starts) {
      item->key = std::move(key);
      open(item, joining, event, now);
    } else {
      render_(item->packed.text, event);
    }
    bytes_ += item->bytes();
  }
  position_ = position;
  if (!id.empty()) id_ = id;
  settle();
  keep_limits();
}

Packing::Items::iterator Packing::push(std::uint64_t position) {
  items_.push_back({.first = position, .id_before = id_});
  return std::prev(items_.end());
}

void Packing::open(Items::iterator item, const Joining& joining, const codec::Event& event, base::Instant now) {
  item->group.emplace(joining, event, codec::timestamp_of(workspace_.clock), raw_);
  item->due = now + std::chrono::duration_cast<base::Instant::duration>(joining.packer->max_age());
  if (!next_due_ || item->due < *next_due_) next_due_ = item->due;
  open_[item->key] = item;
}

bool Packing::join(Items::iterator item, const codec::Event& event, const codec::Timestamp& received) {
  Group& group = *item->group;
  if (group.packer().by_time() && !group.is_near(event, received)) return false;
  if (group.bytes() + Group::bytes_of(event) > limits_.group_bytes) return false;
  const std::size_t before = group.bytes();
  group.add(event, received);
  bytes_ += group.bytes() - before;
  return true;
}

bool Packing::skip(std::uint64_t position) {
  position_ = position;
  if (!items_.empty()) return true;
  if (ready_.empty()) return false;
  ready_.back().covers = position;
  return true;
}

void Packing::close(Items::iterator item) {
  bytes_ -= item->bytes();
  item->packed.messages = item->group->size();
  render_(item->packed.text, item->group->merge(workspace_));
  item->group.reset();
  bytes_ += item->bytes();
  open_.erase(item->key);
}

void Packing::close_oldest() {
  close(items_.begin());
  settle();
}

void Packing::keep_limits() {
  const auto waiting = [this] { return items_.empty() ? 0 : position_ - items_.front().first + 1; };
  while (!items_.empty() && (bytes_ > limits_.bytes || open_.size() > limits_.groups || waiting() > limits_.messages))
    close_oldest();
}

void Packing::close_due(base::Instant now) {
  if (!next_due_ || now < *next_due_) return;
  next_due_.reset();
  std::vector<Items::iterator> due;
  for (const auto& [key, item] : open_) {
    if (item->due <= now)
      due.push_back(item);
    else if (!next_due_ || item->due < *next_due_)
      next_due_ = item->due;
  }
  for (const Items::iterator item : due) close(item);
  settle();
}

void Packing::close_all() {
  for (auto item = items_.begin(); item != items_.end(); ++item)
    if (item->group) close(item);
  next_due_.reset();
  settle();
}

// What is closed, and has nothing open before it, can go on.
void Packing::settle() {
  while (!items_.empty() && !items_.front().group) {
    Item item = std::move(items_.front());
    items_.pop_front();
    bytes_ -= item.bytes();
    item.packed.covers = items_.empty() ? position_ : items_.front().first - 1;
    std::string id = items_.empty() ? id_ : items_.front().id_before;
    if (id != given_id_) item.packed.id = given_id_ = std::move(id);
    ready_.push_back(std::move(item.packed));
  }
}

bool Packing::take(Packed& packed) {
  if (ready_.empty()) return false;
  packed = std::move(ready_.front());
  ready_.pop_front();
  return true;
}

}  // namespace rules
