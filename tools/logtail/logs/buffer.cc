#include "tools/logtail/logs/buffer.h"

#include <algorithm>
#include <csignal>

#include "base/io.h"

namespace logtail {
namespace {

using base::Level;
using base::Result;
using stream::Next;

constexpr std::size_t kBlock = 256 << 10;
constexpr std::size_t kLongest = std::size_t{1} << 30;  // what is in a buffer was cut when it came

}  // namespace

Result<std::unique_ptr<BufferTail>> BufferTail::open(event::Loop& loop, BufferOptions options, Headers& headers,
                                                     Memory& memory, base::Report report) {
  const BufferState state = TRY(state_of_buffer(loop, options.path, report));
  std::unique_ptr<BufferTail> tail(new BufferTail(loop, std::move(options), headers, memory, std::move(report)));
  tail->begin(state);
  return tail;
}

// --since and --until are logbuf's business: they go by the time of acceptance.
BufferTail::BufferTail(event::Loop& loop, BufferOptions options, Headers& headers, Memory& memory, base::Report report)
    : LogTail("buf:" + options.path, {.since = {}, .until = {}, .prefix = options.prefix, .colour = options.colour},
              headers, memory, std::move(report)),
      loop_(loop),
      options_(std::move(options)),
      retry_({}, stream::retry_seed()),
      again_(loop, [] {}),
      buffer_(std::make_unique_for_overwrite<char[]>(kBlock)) {}

void BufferTail::begin(const BufferState& state) {
  log_ = state.uuid;
  first_id_ = state.first_id;
  if (!recall("it is another buffer than before; beginning anew")) return begin_behind(first_of(state) - 1);
  if (read_up_to() >= state.next_id) return begin_again(read_up_to());
  if (place_.at + 1 < state.first_id)
    report_(Level::warning, "read " + name_ + ": messages " + std::to_string(place_.at + 1) + "-" +
                                std::to_string(state.first_id - 1) + " were deleted before they were read");
}

void BufferTail::ask_for_oldest() {
  if (!life_) return;
  life_->child.send_signal(SIGTERM);
  life_.reset();
}

// The id to begin with.
std::uint64_t BufferTail::first_of(const BufferState& state) {
  const std::uint64_t number = options_.start.number;
  const std::string from = "read " + name_ + ": --from " + std::to_string(number);
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

// It gives the last message that was read again, where that is still there.
std::vector<std::string> BufferTail::command() {
  std::vector<std::string> words = {logbuf_program(), "cat", "-i", "-F", "octet", "--no-progress"};
  if (options_.follow) words.emplace_back("-f");
  words.insert(words.end(), {"--from", std::to_string(expect_last().value_or(place_.at + 1))});
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
  if (life_->child.output() < 0) return child_ended();
  const std::string what = "read " + name_;
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
  TRY(hold(life_->frames, {buffer_.get(), got.bytes}));
  if (holds()) retry_.succeeded();
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
  const std::string failure = "read " + name_ + ": logbuf cat " + status->text();
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
  return (options_.follow ? "following " : "reading ") + name_ + (life_ ? "" : ", logbuf cat is down");
}

}  // namespace logtail
