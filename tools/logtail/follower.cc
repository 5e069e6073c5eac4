#include "tools/logtail/follower.h"

#include <algorithm>
#include <utility>

namespace logtail {
namespace {

using base::Result;
using stream::Next;

constexpr base::Duration kSaveTime = std::chrono::milliseconds(100);

void append_all(stream::Batch& batch, stream::Batch& more) {
  if (batch.empty()) return batch.swap(more);
  more.for_each([&](std::size_t index, std::string_view message) {
    if (more.has_ids())
      batch.append(more.id(index), message);
    else
      batch.append(message);
  });
}

}  // namespace

Follower::Follower(event::Loop& loop, std::vector<std::unique_ptr<Tail>> tails, Checkpoint* checkpoint,
                   FollowerOptions options, base::Report report)
    : checkpoint_(checkpoint), options_(options), report_(std::move(report)), save_(loop, [this] { save(); }) {
  for (std::unique_ptr<Tail>& tail : tails) members_.push_back({std::move(tail)});
  if (checkpoint_ == nullptr) return;
  next_id_ = checkpoint_->memory().next_id();
  if (options_.exact) replays_ = checkpoint_->memory().plans();
}

Result<Next> Follower::read(stream::Batch& batch, std::size_t limit) {
  if (failure_) return tl::unexpected(*failure_);
  if (!replays_.empty()) return stopped_ ? Next::end : replay(batch);
  if (!options_.exact) return read_members(batch, limit);
  scratch_.clear();
  plans_.clear();
  auto next = read_members(scratch_, limit);
  if (!plans_.empty()) TRY(checkpoint_->plan(plans_));
  append_all(batch, scratch_);
  return next;
}

Result<Next> Follower::read_members(stream::Batch& batch, std::size_t limit) {
  const std::size_t before = batch.bytes();
  bool more = true;
  while (more) {
    more = false;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      Member& member = members_[(turn_ + i) % members_.size()];
      const std::size_t used = batch.bytes() - before;
      if (used >= limit) {
        turn_ = (turn_ + i) % members_.size();
        if (options_.settles) note_finished();
        return Next::more;
      }
      if (!member.ended && TRY(read_member(member, batch, limit - used)) == Next::more) more = true;
    }
  }
  note_finished();
  const bool ended = std::all_of(members_.begin(), members_.end(), [](const Member& member) { return member.ended; });
  return ended ? Next::end : Next::wait;
}

Result<Next> Follower::read_member(Member& member, stream::Batch& batch, std::size_t limit) {
  Piece piece;
  const bool places = options_.ids == Ids::places;
  stream::Batch with_places;
  stream::Batch& out = places ? with_places : batch;
  const Next next = TRY(member.tail->read(out, limit, piece));
  member.ended = next == Next::end;
  if (piece.empty()) return next;
  if (places)
    out.for_each([&](std::size_t index, std::string_view message) {
      batch.append(piece.begin.at + piece.ends[index], message);
    });
  const std::uint64_t count = piece.ends.size();
  if (options_.ids == Ids::numbers) batch.number_from(next_id_);
  if (options_.exact && count > 0) {
    Plan plan{piece.begin, piece.end, piece.passing_after, next_id_, count};
    plan.begin.identity = piece.last().identity;
    plans_.push_back(std::move(plan));
  }
  give(std::move(piece), next_id_);
  next_id_ += count;
  return next;
}

void Follower::give(Piece piece, std::uint64_t first_id) {
  given_ += piece.ends.size();
  if (options_.names && !piece.ends.empty()) note_peer(piece.begin.name);
  if (checkpoint_ == nullptr) return;
  if (piece.ends.empty() && !given_pieces_.empty() && given_pieces_.back().goes_on_with(piece)) {
    Piece& before = given_pieces_.back().piece;  // or a sink that stands still would let them grow without bound
    before.end = piece.end;
    before.passing_after = piece.passing_after;
    before.identity_after = piece.last().identity;
  } else {
    given_pieces_.push_back({std::move(piece), given_, first_id});
  }
  settle();
}

void Follower::note_peer(const std::string& path) {
  if (!peer_ || peer_->path != path) {
    net::Peer peer;
    peer.path = path;
    peer_ = std::make_shared<const net::Peer>(std::move(peer));
  }
  peers_.add(given_, peer_);
}

bool Follower::Given::goes_on_with(const Piece& next) const {
  return piece.ends.empty() && piece.begin.log == next.begin.log && piece.end == next.begin.at;
}

// ---- after a restart

Result<Next> Follower::replay(stream::Batch& batch) {
  const Plan plan = replays_.front();
  Tail* tail = owner_of(plan.begin);
  stream::Batch replayed;
  Piece piece;
  const Tail::Replayed outcome = tail == nullptr ? Tail::Replayed::gone : TRY(tail->replay(plan, replayed, piece));
  if (outcome == Tail::Replayed::wait) return Next::wait;
  replays_.pop_front();
  if (outcome == Tail::Replayed::gone)
    report_(base::Level::warning, "read " + plan.begin.name + " again: what " + base::count_of(plan.count, "message") +
                                      " came from is gone; some of them may not have been delivered");
  else
    give_replayed(plan, replayed, batch, std::move(piece));
  return Next::more;
}

// Under their old ids, but for those that are safe. What was changed since may have more or fewer messages now. Ids are
// counted from the end, so that where some are gone, none gets a lower id than its own and is taken for known; what has
// no id of its own goes with the next that has.
void Follower::give_replayed(const Plan& plan, const stream::Batch& replayed, stream::Batch& batch, Piece piece) {
  const std::uint64_t count = replayed.count();
  if (count != plan.count)
    report_(base::Level::warning, "read " + plan.begin.name + " again: " + base::count_of(plan.count, "message") +
                                      " are " + std::to_string(count) +
                                      " now; the log was changed, and some may be "
                                      "delivered twice or not at all");
  const std::uint64_t extra = count > plan.count ? count - plan.count : 0;
  const std::uint64_t first_id = plan.last_id() + 1 - (count - extra);
  const std::uint64_t safe = checkpoint_->memory().safe_id();
  const std::uint64_t skip = safe < first_id ? 0 : std::min(safe - first_id + 1 + extra, count);
  replayed.for_each([&](std::size_t index, std::string_view message) {
    if (index < skip) return;
    if (index < extra)
      batch.append(std::string_view(), message);
    else
      batch.append(first_id + (index - extra), message);
  });
  piece.ends.erase(piece.ends.begin(), piece.ends.begin() + static_cast<std::ptrdiff_t>(skip));
  if (piece.ends.empty()) return;
  give(std::move(piece), plan.last_id() + 1 - (count - skip));
}

Tail* Follower::owner_of(const Place& place) const {
  for (const Member& member : members_)
    if (member.tail->owns(place)) return member.tail.get();
  return members_.empty() ? nullptr : members_.front().tail.get();
}

// ---- what is safe

Result<void> Follower::acknowledge(std::uint64_t count) {
  safe_ = count;
  if (checkpoint_ == nullptr && !options_.settles) return {};
  settle();
  save_soon();
  return {};
}

Result<bool> Follower::flush_receipts() {
  if (failure_) return tl::unexpected(*failure_);
  return true;
}

void Follower::settle() {
  if (checkpoint_ != nullptr) note_safe();
  while (!finished_.empty() && finished_.front().given <= safe_) {
    if (options_.settles)
      settled_.push_back(finished_.front().log);
    else
      checkpoint_->done(finished_.front().log);
    finished_.pop_front();
  }
}

void Follower::note_safe() {
  Memory& memory = checkpoint_->memory();
  while (!given_pieces_.empty()) {
    const Given& front = given_pieces_.front();
    const std::uint64_t begin = front.end - front.piece.ends.size();
    if (safe_ < begin) break;
    const std::uint64_t safe = std::min(safe_ - begin, front.end - begin);
    const bool all = safe == front.end - begin;
    if (options_.exact && safe > 0) memory.safe(front.first_id + safe - 1);
    if (options_.exact ? front.piece.ends.empty() : safe > 0 || all)
      memory.reached(front.piece.after(static_cast<std::size_t>(safe)));
    if (!all) break;
    given_pieces_.pop_front();
  }
}

void Follower::note_finished() {
  for (const Member& member : members_)
    for (const std::uint64_t log : member.tail->take_finished())
      if (checkpoint_ != nullptr || options_.settles) finished_.push_back({log, given_});
  if (finished_.empty() && (checkpoint_ == nullptr || !checkpoint_->memory().changed())) return;
  settle();
  save_soon();
}

void Follower::save_soon() {
  const base::Instant now = base::now();
  if (!saved_ || now - *saved_ >= kSaveTime) return save();
  if (!save_.active()) save_.start(kSaveTime);
}

void Follower::save() {
  saved_ = base::now();
  save_.stop();
  if (auto saved = write_down(); !saved && !failure_) failure_ = std::move(saved.error());
}

// That a log is done is written last: a run that finds the file still there has to know that it was read.
Result<void> Follower::write_down() {
  if (checkpoint_ != nullptr) TRY(checkpoint_->save());
  if (settled_.empty()) return {};
  const auto forgotten = members_.front().tail->settled(std::exchange(settled_, {}));
  if (checkpoint_ == nullptr || forgotten.empty()) return {};
  for (const std::uint64_t log : forgotten) checkpoint_->done(log);
  return checkpoint_->save();
}

Result<void> Follower::close() {
  save_.stop();
  if (failure_) return tl::unexpected(*failure_);
  return write_down();
}

Result<void> Follower::reopen() {
  for (const Member& member : members_) TRY(member.tail->reopen());
  return {};
}

void Follower::stop() {
  stopped_ = true;
  for (const Member& member : members_) member.tail->stop();
}

std::string Follower::state() const {
  std::string text;
  for (const Member& member : members_) {
    const std::string one = member.tail->state();
    if (!one.empty()) text += (text.empty() ? "" : ", ") + one;
  }
  return text;
}

std::optional<base::Kind> Follower::failure() const {
  for (const Member& member : members_)
    if (const auto kind = member.tail->failure()) return kind;
  return std::nullopt;
}

}  // namespace logtail
