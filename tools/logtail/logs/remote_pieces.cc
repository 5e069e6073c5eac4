// What a server has sent becomes pieces of its log.
#include <algorithm>
#include <limits>
#include <utility>

#include "tools/logtail/logs/remote.h"

namespace logtail {
namespace {

using base::Result;
using stream::Next;

constexpr std::uint64_t kLongestPiece = std::uint64_t{1} << 31;

}  // namespace

Result<Next> RemoteTail::read(stream::Batch& batch, std::size_t limit, Piece& piece) {
  if (stopped_) return Next::end;
  if (!holds()) return ended_ ? Next::end : Next::wait;
  give(std::numeric_limits<std::uint64_t>::max(), limit, batch, piece);
  return Next::more;
}

Result<Tail::Replayed> RemoteTail::replay(const Plan& plan, stream::Batch& batch, Piece& piece) {
  if (place_.log == 0 && !ended_) return Replayed::wait;
  if (plan.begin.identity != place_.identity) return Replayed::gone;
  if (replayed_piece_.empty()) {
    pass_over(plan.begin.at);
    place_.passing = plan.begin.passing;
  }
  const auto complete = [&] { return place_.at >= plan.end; };
  while (!complete() && holds()) give(plan.end, std::numeric_limits<std::size_t>::max(), replayed_, replayed_piece_);
  if (!complete()) return ended_ ? Replayed::gone : Replayed::wait;
  batch.swap(replayed_);
  piece = std::exchange(replayed_piece_, {});
  piece.begin = plan.begin;
  piece.end = plan.end;
  piece.passing_after = place_.passing;
  replayed_.clear();
  return Replayed::done;
}

// Appends what is held, up to this id.
void RemoteTail::give(std::uint64_t last, std::size_t limit, stream::Batch& batch, Piece& piece) {
  if (piece.empty()) piece.begin = place_;
  below_.clear();
  const bool header = headers_.due(name_);
  stream::Batch& out = header ? below_ : batch;
  std::size_t index = held_.count() - held_ids_.size();
  for (std::size_t used = 0; holds() && held_ids_.front() <= last && used < limit; ++index) {
    const std::uint64_t id = held_ids_.front();
    if (piece.ends.empty()) {
      piece.begin.at = std::max(piece.begin.at, id - 1);
      piece.begin.passing = place_.passing;
    }
    if (id - piece.begin.at >= kLongestPiece) break;
    const std::string_view message = held_.block().substr(held_at_, held_.lengths()[index]);
    held_at_ += message.size() + 1;
    held_ids_.pop_front();
    used += message.size() + 1;
    place_.at = id;
    place_.passing = emitter_.passes(message, place_.passing);
    if (!place_.passing) continue;
    line_.clear();
    if (options_.emitter.prefix) append_prefix(line_, name_, options_.emitter.colour);
    out.append(line_.append(message));
    piece.ends.push_back(static_cast<std::uint32_t>(id - piece.begin.at));
  }
  if (holds() && held_ids_.front() > last) place_.at = std::max(place_.at, last);  // what was there before is deleted
  piece.end = place_.at;
  piece.passing_after = place_.passing;
  if (!holds()) drop_held();
  if (header && !below_.empty()) piece.ends.insert(piece.ends.begin(), headers_.give(name_, below_, batch), 0);
}

// What is held up to this id was done with before.
void RemoteTail::pass_over(std::uint64_t id) {
  for (; holds() && held_ids_.front() <= id; held_ids_.pop_front())
    held_at_ += held_.lengths()[held_.count() - held_ids_.size()] + 1;
  if (holds())
    place_.at = std::max(place_.at, id);
  else
    drop_held();
}

void RemoteTail::drop_held() {
  held_.clear();
  held_ids_.clear();
  held_at_ = 0;
  session_.hold(false);
}

}  // namespace logtail
