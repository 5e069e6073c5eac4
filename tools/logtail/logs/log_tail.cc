#include "tools/logtail/logs/log_tail.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <limits>

#include "base/units.h"

namespace logtail {
namespace {

using base::Level;
using base::Result;
using stream::Next;

constexpr std::uint64_t kLongestPiece = std::uint64_t{1} << 31;

// The identity of a place behind a message: the log, and the message's id and fingerprint.
std::string identity_at(const std::string& log, std::uint64_t id, std::string_view message) {
  return log + ":" + std::to_string(id) + ":" +
         std::to_string(XXH3_64bits_withSeed(message.data(), message.size(), id));
}

}  // namespace

LogTail::LogTail(std::string name, EmitterOptions emitter, Headers& headers, Memory& memory, base::Report report)
    : name_(std::move(name)),
      memory_(memory),
      report_(std::move(report)),
      options_(emitter),
      emitter_(emitter),
      headers_(headers) {
  place_.name = name_;
}

bool LogTail::owns(const Place& place) const {
  return place.name == name_ || (!log_.empty() && is_of_log(place));
}

Result<Next> LogTail::read(stream::Batch& batch, std::size_t limit, Piece& piece) {
  if (stopped_) return Next::end;
  const Next next = TRY(fill());
  if (!holds()) return next;
  give(std::numeric_limits<std::uint64_t>::max(), limit, batch, piece);
  return Next::more;
}

// ---- after a restart

Result<Tail::Replayed> LogTail::replay(const Plan& plan, stream::Batch& batch, Piece& piece) {
  while (place_.log == 0 || (!is_gone(plan) && place_.at < plan.end)) {
    const Next next = TRY(fill());
    if (!holds() && next == Next::end) return give_up();
    if (!holds()) return Replayed::wait;
    if (is_gone(plan)) return give_up();
    if (replayed_piece_.empty()) place_.passing = plan.begin.passing;
    pass_over(plan.begin.at);
    if (holds()) give(plan.end, std::numeric_limits<std::size_t>::max(), replayed_, replayed_piece_);
  }
  // A plan says which message its last one was, unless an older program made it.
  const std::string last = log_ + ":" + std::to_string(plan.end) + ":";
  const bool known = place_.identity.starts_with(last) && plan.begin.identity.starts_with(last);
  if (!is_gone(plan) && known && place_.identity != plan.begin.identity) begin_again(plan.end);
  if (is_gone(plan)) return give_up();
  batch.swap(replayed_);
  piece = std::exchange(replayed_piece_, {});
  if (!piece.ends.empty())
    for (std::uint32_t& end : piece.ends) end += static_cast<std::uint32_t>(piece.begin.at - plan.begin.at);
  piece.begin = plan.begin;
  piece.end = plan.end;
  piece.passing_after = place_.passing;
  replayed_.clear();
  return Replayed::done;
}

bool LogTail::is_gone(const Plan& plan) const {
  return begun_again_ || !is_of_log(plan.begin) || plan.end < first_id_;
}

Tail::Replayed LogTail::give_up() {
  replayed_.clear();
  replayed_piece_ = {};
  return Replayed::gone;
}

// ---- which log it is

bool LogTail::is_of_log(const Place& place) const {
  return place.identity == log_ || place.identity.starts_with(log_ + ":");
}

bool LogTail::recall(const std::string& other) {
  const Place* found = nullptr;
  for (const auto& [log, place] : memory_.places()) {
    if (std::ranges::find(finished_, log) != finished_.end()) continue;
    if (is_of_log(place)) {
      if (found == nullptr || place.name == name_) found = &place;
    } else if (place.name == name_) {
      report_(Level::warning, "read " + name_ + ": " + other);
      finished_.push_back(log);
    }
  }
  if (found != nullptr) place_ = *found;
  return found != nullptr;
}

void LogTail::begin_behind(std::uint64_t id) {
  place_ = {.log = memory_.new_log(), .name = name_, .identity = log_, .at = id};
  if (id > 0) memory_.reached(place_);
}

// Under ids of its own: what the sink has of the history that is gone says nothing about this one.
void LogTail::begin_again(std::uint64_t id) {
  report_(Level::warning, "read " + name_ + ": it has gone back in time, as from a backup; message " +
                              std::to_string(id) +
                              " is not the one that was read; beginning again with its oldest "
                              "message");
  finished_.push_back(place_.log);
  begin_behind(0);
  begun_again_ = true;
  expect_nothing();
  drop_held();
  ask_for_oldest();
}

std::uint64_t LogTail::read_up_to() const {
  std::uint64_t upto = place_.at;
  for (const Plan& plan : memory_.plans())
    if (plan.begin.log == place_.log) upto = std::max(upto, plan.end);
  return upto;
}

// ---- what comes of it

std::optional<std::uint64_t> LogTail::expect_last() {
  expected_.reset();
  if (holds()) {
    const std::size_t size = held_.lengths().back();
    const std::string_view message = held_.block().substr(held_.block().size() - size - 1, size);
    expected_ = {held_ids_.back(), identity_at(log_, held_ids_.back(), message)};
  } else if (place_.identity.starts_with(log_ + ":" + std::to_string(place_.at) + ":")) {
    expected_ = {place_.at, place_.identity};
  }
  return expected_ ? std::optional(expected_->id) : std::nullopt;
}

bool LogTail::fits(std::uint64_t id, std::string_view message) {
  const auto expected = std::exchange(expected_, std::nullopt);
  if (!expected || expected->id != id || identity_at(log_, id, message) == expected->identity) return true;
  begin_again(id);
  return false;
}

void LogTail::hold(std::uint64_t id, std::string_view message) {
  held_.append(message);
  held_ids_.push_back(id);
}

Result<void> LogTail::hold(stream::FrameReader& frames, std::string_view bytes) {
  const std::size_t before = held_.count();
  TRY(frames.feed(bytes, held_));
  for (std::size_t i = before; i < held_.count(); ++i) held_ids_.push_back(base::parse_number(held_.id(i)).value_or(0));
  if (!holds() || !expected_) return {};
  const std::uint64_t expected = expected_->id;
  if (!fits(held_ids_.front(), held_.block().substr(0, held_.lengths()[0]))) return {};
  if (held_ids_.front() == expected) take_held();
  if (!holds()) drop_held();
  return {};
}

// The first one; valid until the next comes, or all are dropped.
std::string_view LogTail::take_held() {
  const std::string_view message = held_.block().substr(held_at_, held_.lengths()[held_.count() - held_ids_.size()]);
  held_at_ += message.size() + 1;
  held_ids_.pop_front();
  return message;
}

// What is held up to this id was done with before.
void LogTail::pass_over(std::uint64_t id) {
  while (holds() && held_ids_.front() <= id) take_held();
  if (holds())
    place_.at = std::max(place_.at, id);
  else
    drop_held();
}

void LogTail::drop_held() {
  held_.clear();
  held_ids_.clear();
  held_at_ = 0;
}

// Appends what is held, up to this id.
void LogTail::give(std::uint64_t upto, std::size_t limit, stream::Batch& batch, Piece& piece) {
  if (piece.empty()) piece.begin = place_;
  below_.clear();
  const bool header = headers_.due(name_);
  stream::Batch& out = header ? below_ : batch;
  std::optional<std::string_view> last;
  for (std::size_t used = 0; holds() && held_ids_.front() <= upto && used < limit;) {
    const std::uint64_t id = held_ids_.front();
    if (piece.ends.empty()) {  // those before may be gone, and be more than 32 bits can count
      piece.begin.at = std::max(piece.begin.at, id - 1);
      piece.begin.passing = place_.passing;
    }
    if (id - piece.begin.at >= kLongestPiece) break;
    last = take_held();
    used += last->size() + 1;
    place_.at = id;
    place_.passing = emitter_.passes(*last, place_.passing);
    if (!place_.passing) continue;
    line_.clear();
    if (options_.prefix) append_prefix(line_, name_, options_.colour);
    out.append(line_.append(*last));
    piece.ends.push_back(static_cast<std::uint32_t>(id - piece.begin.at));
  }
  if (last) place_.identity = identity_at(log_, place_.at, *last);
  if (holds() && held_ids_.front() > upto) place_.at = std::max(place_.at, upto);  // what was there before is deleted
  piece.end = place_.at;
  piece.passing_after = place_.passing;
  piece.identity_after = place_.identity;
  if (!holds()) drop_held();
  if (header && !below_.empty()) piece.ends.insert(piece.ends.begin(), headers_.give(name_, below_, batch), 0);
}

}  // namespace logtail
