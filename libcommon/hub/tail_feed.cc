#include "hub/tail_feed.h"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

namespace hub {

namespace {

std::optional<std::uint64_t> parse(std::string_view digits) {
  std::uint64_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> number_of(std::string_view id) {
  return parse(id.substr(id.find('-') + 1));  // without "-": all of it
}

std::uint64_t numbers_between(std::optional<std::uint64_t> before, std::optional<std::uint64_t> behind) {
  return before && behind && *behind > *before + 1 ? *behind - *before - 1 : 0;
}

bool is_message_id(std::string_view text) {
  return parse(text.substr(0, text.find('-'))) && number_of(text);
}

TailFeed::TailFeed(Store& store, std::string channel)
    : store_(store),
      channel_(std::move(channel)),
      alive_(std::make_shared<bool>(true)),
      watch_(store.watch(channel_, [this](const auto& messages) { take(messages); })) {}

// Not further than the one that has read least: for others, what is behind that has not been told.
void TailFeed::has_read(const std::string& id) {
  if (has_told_ || (is_placed_ && !id_before(id, last_))) return;
  is_placed_ = true;
  last_ = id;
}

void TailFeed::take(const std::shared_ptr<const stream::Batch>& messages) {
  if (!messages) {
    for (Follower* follower : followers_) follower->channel_deleted();
    return;
  }
  came_ = true;
  if (messages->empty() || reading_) return;
  missing_before(messages->id(0)) > 0 ? read_missing() : pass_on(*messages);
}

// So many were not passed on between the last message and this one.
std::uint64_t TailFeed::missing_before(std::string_view id) const {
  const auto before = is_placed_ && last_.empty() ? std::optional<std::uint64_t>(0) : number_of(last_);
  return numbers_between(before, number_of(id));
}

// Up to the end of the log, again where something was told meanwhile.
void TailFeed::read_missing() {
  constexpr std::size_t kSlice = 256 << 10;
  reading_ = true;
  came_ = false;
  store_.read_after(channel_, last_, kSlice, [this, alive = std::weak_ptr(alive_)](base::Result<Excerpt> got) {
    if (alive.expired()) return;
    reading_ = false;
    if (!got) return;  // the next news try again
    pass_on(got->messages);
    if (!got->end || came_) read_missing();
  });
}

void TailFeed::pass_on(const stream::Batch& messages) {
  TailLines lines;
  lines.reserve(messages.count());
  messages.for_each([&](std::size_t i, std::string_view message) {
    if (id_before(last_, messages.id(i))) lines.push_back(std::make_shared<const TailLine>(messages.id(i), message));
  });
  if (lines.empty()) return;
  // What was dropped before it was read.
  if (const auto missing = last_.empty() ? 0 : missing_before(lines.front()->id); missing > 0) {
    const base::WallTime now = base::wall_now();
    lines.insert(lines.begin(), std::make_shared<const TailLine>(tail_overflow(missing, now, now)));
  }
  has_told_ = true;
  last_ = lines.back()->id;
  for (Follower* follower : followers_) follower->news(lines);
}

std::shared_ptr<TailFeed> TailFeeds::of(const std::string& channel) {
  std::erase_if(feeds_, [](const auto& entry) { return entry.second.expired(); });
  auto feed = feeds_[channel].lock();
  if (!feed) feeds_[channel] = feed = std::make_shared<TailFeed>(store_, channel);
  return feed;
}

}  // namespace hub
