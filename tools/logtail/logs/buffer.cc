#include "tools/logtail/logs/buffer.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <csignal>
#include <limits>

#include "base/io.h"
#include "tools/logtail/emitter.h"

namespace logtail {
namespace {

using base::Level;
using base::Result;
using stream::Next;

constexpr std::size_t kBlock = 256 << 10;
constexpr std::uint64_t kLongestPiece = std::uint64_t{1} << 31;
constexpr std::size_t kLongest = std::size_t{1} << 30;  // what is in a buffer was cut when it came

// The identity of a place: the buffer's uuid, and after a message was given, its id and fingerprint.
std::string identity_at(const std::string& uuid, std::uint64_t id, std::string_view message) {
  return uuid + ":" + std::to_string(id) + ":" +
         std::to_string(XXH3_64bits_withSeed(message.data(), message.size(), id));
}

std::string_view uuid_in(std::string_view identity) {
  return identity.substr(0, identity.find(':'));
}

}  // namespace

Result<std::unique_ptr<BufferTail>> BufferTail::open(event::Loop& loop, BufferOptions options, Headers& headers,
                                                     Memory& memory, base::Report report) {
  const BufferState state = TRY(state_of_buffer(loop, options.path, report));
  std::unique_ptr<BufferTail> tail(new BufferTail(loop, std::move(options), headers, memory, std::move(report)));
  tail->begin(state);
  return tail;
}

BufferTail::BufferTail(event::Loop& loop, BufferOptions options, Headers& headers, Memory& memory, base::Report report)
    : loop_(loop),
      options_(std::move(options)),
      headers_(headers),
      memory_(memory),
      report_(std::move(report)),
      retry_({}, stream::retry_seed()),
      again_(loop, [] {}),
      buffer_(std::make_unique_for_overwrite<char[]>(kBlock)) {}

void BufferTail::begin(const BufferState& state) {
  place_.name = "buf:" + options_.path;
  place_.identity = uuid_ = state.uuid;
  first_id_ = state.first_id;
  for (const auto& [log, place] : memory_.places()) {
    const bool same = uuid_in(place.identity) == uuid_;
    if (same) place_ = place;
    if (place.name == place_.name && !same) {
      report_(Level::warning, "read " + place.name + ": it is another buffer than before; beginning anew");
      finished_.push_back(log);
    }
  }
  if (place_.log != 0 && place_.at >= state.next_id) return begin_again();
  if (place_.log != 0) {
    if (place_.at + 1 < state.first_id)
      report_(Level::warning, "read " + place_.name + ": messages " + std::to_string(place_.at + 1) + "-" +
                                  std::to_string(state.first_id - 1) + " were deleted before they were read");
    return;
  }
  place_.log = memory_.new_log();
  place_.at = first_of(state) - 1;
  if (place_.at > 0) memory_.reached(place_);
}

// Under ids of its own: what the sink has of the history that is gone says nothing about this one.
void BufferTail::begin_again() {
  report_(Level::warning, "read " + place_.name + ": it has gone back in time, as from a backup; message " +
                              std::to_string(place_.at) +
                              " is not the one that was read; beginning again with its oldest message");
  finished_.push_back(place_.log);
  place_.log = memory_.new_log();
  place_.at = 0;
  place_.identity = uuid_;
  held_.clear();
  held_next_ = held_at_ = 0;
  if (!life_) return;
  life_->child.send_signal(SIGTERM);
  life_.reset();
}

bool BufferTail::knows_last() const {
  return place_.identity.starts_with(uuid_ + ":" + std::to_string(place_.at) + ":");
}

// What comes first is the last message that was read, where it is still there.
void BufferTail::compare_last() {
  life_->compared = true;
  if (!knows_last() || held_id() != place_.at) return;
  if (identity_at(uuid_, place_.at, held_text()) != place_.identity) return begin_again();
  held_at_ += held_text().size() + 1;
  ++held_next_;
}

// The id to begin with.
std::uint64_t BufferTail::first_of(const BufferState& state) {
  const std::uint64_t number = options_.start.number;
  const std::string from = "read " + place_.name + ": --from " + std::to_string(number);
  switch (options_.start.kind) {
    case Start::Kind::oldest:
      return state.first_id;
    case Start::Kind::newest:
      return state.next_id;
    case Start::Kind::last_lines:
      return std::max(state.first_id, state.next_id - std::min(number, state.next_id - 1));
    case Start::Kind::from_line:
      return std::min(state.next_id, state.first_id + std::max<std::uint64_t>(number, 1) - 1);
    case Start::Kind::from_id:
      break;
  }
  if (number < state.first_id && number > 0)
    report_(Level::warning, from + " is there no more; beginning with " + std::to_string(state.first_id));
  if (number > state.next_id)
    report_(Level::warning, from + " is past its end; beginning with " + std::to_string(state.next_id));
  return std::clamp(number, state.first_id, state.next_id);
}

std::vector<std::string> BufferTail::command() const {
  std::vector<std::string> words = {logbuf_program(), "cat", "-i", "-F", "octet", "--no-progress"};
  if (options_.follow) words.emplace_back("-f");
  words.insert(words.end(), {"--from", std::to_string(place_.at + (knows_last() ? 0 : 1))});
  if (options_.since) words.insert(words.end(), {"--since", base::format_time(*options_.since)});
  if (options_.until) words.insert(words.end(), {"--until", base::format_time(*options_.until)});
  words.push_back(options_.path.starts_with('-') ? "./" + options_.path : options_.path);
  return words;
}

Result<void> BufferTail::start() {
  stream::Child child = TRY(stream::Child::start(command(), stream::Child::Output::piped, {}));
  child.close_input();
  const int output = child.output();
  const int end = child.ended();
  life_ = std::make_unique<Life>(
      Life{std::move(child), event::Io(loop_, output, event::Interest::read, [this] { life_->readable.stop(); }),
           event::Io(loop_, end, event::Interest::read, [this] { life_->ended.stop(); }),
           stream::FrameReader({stream::Framing::octet, true}, kLongest)});
  return {};
}

Result<Next> BufferTail::read(stream::Batch& batch, std::size_t limit, Piece& piece) {
  if (stopped_) return Next::end;
  const Next next = TRY(fill());
  if (!holds()) return next;
  give(std::numeric_limits<std::uint64_t>::max(), limit, batch, piece);
  return Next::more;
}

Result<Tail::Replayed> BufferTail::replay(const Plan& plan, stream::Batch& batch, Piece& piece) {
  const auto gone = [&] { return plan.begin.log != place_.log || plan.end < first_id_; };
  while (!gone() && place_.at < plan.end) {
    const Next next = TRY(fill());
    if (gone() || (!holds() && next == Next::end)) return Replayed::gone;
    if (!holds()) return Replayed::wait;
    give(plan.end, kLongest, replayed_, replayed_piece_);
  }
  // A plan says which message its last one was, unless an older program made it.
  const bool says = uuid_in(plan.begin.identity) != plan.begin.identity;
  if (!gone() && says && knows_last() && place_.identity != plan.begin.identity) begin_again();
  if (gone()) {
    replayed_.clear();
    replayed_piece_ = {};
    return Replayed::gone;
  }
  batch.swap(replayed_);
  piece = std::exchange(replayed_piece_, {});
  piece.begin = plan.begin;
  piece.end = plan.end;
  replayed_.clear();
  return Replayed::done;
}

// Appends what is held, up to this id.
void BufferTail::give(std::uint64_t upto, std::size_t limit, stream::Batch& batch, Piece& piece) {
  if (piece.ends.empty()) piece.begin = place_;
  below_.clear();
  std::optional<std::string_view> last;  // message that is given
  const bool header = headers_.due(place_.name);
  stream::Batch& out = header ? below_ : batch;
  for (std::size_t used = 0; holds() && used < limit; ++held_next_) {
    const std::uint64_t id = held_id();
    if (id > upto) break;
    if (piece.ends.empty()) piece.begin.at = id - 1;  // those before may be gone, and be more than 32 bits can count
    if (id - piece.begin.at >= kLongestPiece) break;
    const std::string_view text = held_text();
    line_.clear();
    if (options_.prefix) append_prefix(line_, place_.name, options_.colour);
    out.append(line_.append(text));
    held_at_ += text.size() + 1;
    used += text.size() + 1;
    piece.ends.push_back(static_cast<std::uint32_t>(id - piece.begin.at));
    place_.at = id;
    last = text;
  }
  if (last) place_.identity = identity_at(uuid_, place_.at, *last);
  if (holds() && held_id() > upto) place_.at = std::max(place_.at, upto);  // what was there before is deleted
  piece.end = place_.at;
  piece.identity_after = place_.identity;
  if (header) piece.ends.insert(piece.ends.begin(), headers_.give(place_.name, below_, batch), 0);
}

std::uint64_t BufferTail::held_id() const {
  return base::parse_number(held_.id(held_next_)).value_or(0);
}

std::string_view BufferTail::held_text() const {
  return held_.block().substr(held_at_, held_.lengths()[held_next_]);
}

// Holds something, unless nothing is there now.
Result<Next> BufferTail::fill() {
  while (!holds() && !ended_) {
    if (!life_ && again_.active()) return Next::wait;
    if (!life_) TRY(start());
    const Next next = TRY(read_child());
    if (next == Next::wait) return next;
  }
  return ended_ && !holds() ? Next::end : Next::more;
}

Result<Next> BufferTail::read_child() {
  held_.clear();
  held_next_ = held_at_ = 0;
  if (life_->child.output() < 0) return child_ended();
  const std::string what = "read " + place_.name;
  const base::Transfer got = TRY(base::read_some(life_->child.output(), {buffer_.get(), kBlock}, what));
  if (got.would_block) {
    life_->readable.start();
    return Next::wait;
  }
  if (got.end) {
    life_->readable.stop();
    life_->child.close_output();
    return child_ended();
  }
  TRY(life_->frames.feed({buffer_.get(), got.bytes}, held_));
  if (holds()) retry_.succeeded();
  if (holds() && !life_->compared) compare_last();
  return Next::more;
}

Result<Next> BufferTail::child_ended() {
  const auto status = life_->child.collect();
  if (!status) {
    life_->ended.start();
    return Next::wait;
  }
  life_.reset();
  if (status->ok() && (!options_.follow || options_.until)) {
    ended_ = true;
    return Next::more;
  }
  const std::string failure = "read " + place_.name + ": logbuf cat " + status->text();
  const auto kind = stream::permanent_kind(*status);
  if (!options_.follow) {
    report_(Level::error, failure);
    failure_ = kind.value_or(base::Kind::io);
    ended_ = true;
    return Next::more;
  }
  const base::Duration delay = retry_.failed(base::now()).value_or(base::Duration::zero());
  report_(Level::warning, failure + "; starting it again in " + base::format_duration(delay));
  again_.start(delay);
  return Next::wait;
}

std::string BufferTail::state() const {
  return (options_.follow ? "following " : "reading ") + place_.name + (life_ ? "" : ", logbuf cat is down");
}

}  // namespace logtail
