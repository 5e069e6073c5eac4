#include "tools/logbuf/hub/channel_log.h"

#include <unistd.h>

#include <algorithm>

#include "base/units.h"
#include "tools/logbuf/stat/view.h"

namespace logbuf {
namespace {

bool skip_damage(const Damage&) {
  return true;
}

base::Result<std::uint64_t> id_of(const std::string& text) {
  const auto id = base::parse_number(text);
  if (!id) return base::fail(base::Kind::usage, "read messages", "'" + text + "' is no id of a message");
  return *id;
}

// How many messages have about so many bytes.
std::uint64_t messages_in(const State& state, std::size_t bytes) {
  constexpr std::uint64_t kMost = 4096;
  const std::uint64_t average =
      state.messages == 0 ? 1 : std::max<std::uint64_t>(1, state.plain_bytes / state.messages);
  return std::clamp<std::uint64_t>(bytes / average, 1, kMost);
}

// All of a range, however many bytes that is.
base::Result<stream::Batch> read_range(Buffer& buffer, Range range) {
  constexpr std::size_t kPiece = 1 << 20;
  stream::Batch messages;
  while (!range.empty()) {
    const Range passed = TRY(buffer.read(range, true, kPiece, messages, skip_damage));
    if (passed.empty()) break;
    range.first = passed.last + 1;
  }
  return messages;
}

}  // namespace

base::Result<Buffer*> ChannelLog::open() {
  if (!buffer_ && access_ == Access::read_only) buffer_ = TRY(Buffer::open(path_, {.access = access_}));
  if (!buffer_) {
    buffer_ = TRY(Buffer::open_or_create(path_, {.mark_damage = true}));
    applied_.reset();
  }
  TRY(apply_limits());
  return buffer_.get();
}

base::Result<Buffer*> ChannelLog::open_existing() {
  if (!buffer_ && ::access(path_.c_str(), F_OK) != 0) return nullptr;
  return open();
}

base::Result<void> ChannelLog::apply_limits() {
  if (access_ == Access::read_only || (applied_ && *applied_ == limits_)) return {};
  TRY(buffer_->set_limits([this](Limits& limits) { limits = limits_; }));
  applied_ = limits_;
  return {};
}

ChannelLog::Result ChannelLog::append(const stream::Batch& messages, bool report_loss) {
  Result result;
  const auto fail = [&result](base::Error error) {
    result.error = std::move(error);
    return result;
  };
  const auto buffer = open();
  if (!buffer) return fail(buffer.error());
  while (result.taken < messages.count()) {
    const auto appended = (*buffer)->append(messages, result.taken, {}, report_loss);
    if (!appended) return fail(appended.error());
    result.taken += appended->taken;
    result.last_id = appended->last_id;
    if (appended->dropped > 0 || result.taken > appended->taken) result.whole = false;
    if (appended->full) return fail({base::Kind::temporary, "write buffer " + path_, "it is full"});
  }
  return result;
}

base::Result<hub::Excerpt> ChannelLog::read_after(const std::string& after, std::size_t limit) {
  Buffer* const buffer = TRY(open_existing());
  hub::Excerpt excerpt{.messages = {}, .reached = after, .end = true};
  if (buffer == nullptr) return excerpt;
  const std::uint64_t first = after.empty() ? TRY(buffer->oldest_id()) : TRY(id_of(after)) + 1;
  const std::uint64_t head = TRY(buffer->state()).head();
  if (first > head) return excerpt;
  const Range passed = TRY(buffer->read({first, head}, true, limit, excerpt.messages, skip_damage));
  excerpt.reached = std::to_string(passed.last);
  excerpt.end = passed.last >= head;
  return excerpt;
}

// The size of what stands there is not known before it is read: where it is far more than was asked for, the older half
// is left for the next time.
base::Result<hub::Excerpt> ChannelLog::read_before(const std::string& before, std::size_t limit) {
  Buffer* const buffer = TRY(open_existing());
  hub::Excerpt excerpt{.messages = {}, .reached = before, .end = true};
  if (buffer == nullptr) return excerpt;
  const State state = TRY(buffer->state());
  const std::uint64_t oldest = TRY(buffer->oldest_id());
  const std::uint64_t end = before.empty() ? state.next_id : std::min(TRY(id_of(before)), state.next_id);
  if (end <= oldest) return excerpt;
  Range range{end - std::min(end - oldest, messages_in(state, limit)), end - 1};
  for (;;) {
    excerpt.messages = TRY(read_range(*buffer, range));
    if (range.count() == 1 || excerpt.messages.bytes() <= 4 * limit) break;
    range.first += range.count() / 2;
  }
  excerpt.reached = std::to_string(range.first);
  excerpt.end = range.first <= oldest;
  return excerpt;
}

base::Result<std::string> ChannelLog::id_at(base::WallTime time) {
  Buffer* const buffer = TRY(open_existing());
  return std::to_string(buffer == nullptr ? 1 : TRY(buffer->id_at(time)));
}

base::Result<hub::Standing> ChannelLog::standing() {
  Buffer* const buffer = TRY(open_existing());
  hub::Standing standing;
  if (buffer == nullptr) return standing;
  const BufferView view = TRY(look_at(*buffer));
  standing.messages = view.state.messages;
  standing.bytes = view.state.bytes;
  standing.appended = view.state.head();
  // Without consumers nobody misses what made room for newer messages.
  standing.dropped = view.state.dropped_newest + (view.consumers.empty() ? 0 : view.state.dropped_oldest);
  for (const ConsumerView& consumer : view.consumers)
    standing.drains.push_back({.token = consumer.name,
                               .delivered = consumer.floor,
                               .waiting = consumer.ready + consumer.backlog,
                               .lost = consumer.lost,
                               .oldest = consumer.age()});
  return standing;
}

}  // namespace logbuf
