#include "tools/logcat/merged.h"

#include <algorithm>

namespace logcat {

using stream::Next;

Merged::Merged(std::vector<std::unique_ptr<stream::Source>> sources)
    : SourceDecorator(std::move(sources)), members_(count()) {}

base::Result<Next> Merged::read(stream::Batch& batch, std::size_t limit) {
  bool more = false;
  bool all_ended = true;
  const std::size_t share = std::max<std::size_t>(limit / members_.size(), 1);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const std::size_t index = (first_ + i) % members_.size();
    Member& member = members_[index];
    if (member.ended) continue;
    const std::size_t before = batch.count();
    auto next = source(index).read(batch, share);
    if (batch.count() > before) {
      given_ += batch.count() - before;
      unacknowledged_.push_back({index, given_});
    }
    if (!next) return next;
    member.ended = *next == Next::end;
    more = more || *next == Next::more;
    all_ended = all_ended && member.ended;
  }
  first_ = (first_ + 1) % members_.size();
  if (all_ended) return Next::end;
  return more ? Next::more : Next::wait;
}

base::Result<void> Merged::acknowledge(std::uint64_t count) {
  while (safe_ < count && !unacknowledged_.empty()) {
    const Run run = unacknowledged_.front();
    Member& member = members_[run.member];
    const std::uint64_t upto = std::min(run.end, count);
    member.safe += upto - safe_;
    safe_ = upto;
    if (run.end <= count) unacknowledged_.pop_front();
    const bool goes_on = !unacknowledged_.empty() && unacknowledged_.front().member == run.member && safe_ < count;
    if (!goes_on) TRY(source(run.member).acknowledge(member.safe));
  }
  return {};
}

}  // namespace logcat
