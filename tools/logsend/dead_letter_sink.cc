#include "tools/logsend/dead_letter_sink.h"

#include <utility>

#include "base/quote.h"

namespace logsend {
namespace {

constexpr base::Duration kSayEvery = std::chrono::seconds(10);
constexpr std::size_t kAnyLength = std::size_t{1} << 30;  // --format may have made them longer than --max-message

}  // namespace

DeadLetterSink::DeadLetterSink(event::Loop& loop, base::Report report)
    : report_(std::move(report)), quiet_(loop, [this] { say_how_many(); }) {}

DeadLetterSink::~DeadLetterSink() {
  if (letters_ && !numbers_.empty()) letters_->abandon();
}

base::Result<std::unique_ptr<DeadLetterSink>> DeadLetterSink::open(event::Loop& loop, const OpenSender& open_sender,
                                                                   DeadLetterOptions options, base::Report report) {
  std::unique_ptr<DeadLetterSink> sink(new DeadLetterSink(loop, report));
  stream::OutputOptions letters;
  letters.command = std::move(options.command);
  letters.max_message = kAnyLength;
  letters.window = options.window;
  letters.window_messages = options.window_messages;
  sink->letters_ = TRY(stream::Hop::start(loop, std::move(letters), report));
  const auto keep = [raw = sink.get()](const codec::Rejection& rejection) {
    raw->take(rejection);
    return codec::Settlement::pending;
  };
  sink->sender_ = TRY(open_sender(keep));
  return sink;
}

// Kept as it is, without the reason, so that the buffer can be sent again when the cause is gone.
void DeadLetterSink::take(const codec::Rejection& rejection) {
  waiting_.append(rejection.message);
  numbers_.push_back(rejection.number);
  if (quiet_.active()) {
    ++unsaid_;
    return;
  }
  report_(base::Level::warning, "the server rejected " + base::quote(rejection.message) + " (" +
                                    base::quote(rejection.reason) + "); it goes to the dead letters");
  quiet_.start(kSayEvery);
}

void DeadLetterSink::say_how_many() {
  if (unsaid_ == 0) return;
  report_(base::Level::warning, "the server rejected " + base::count_of(std::exchange(unsaid_, 0), "more message") +
                                    "; see the dead letters");
  quiet_.start(kSayEvery);
}

base::Result<void> DeadLetterSink::flush() {
  auto sent = sender_->flush();  // may reject some
  TRY(move_letters());
  if (!sent) {
    const std::size_t count = numbers_.size();
    if (count > 0)
      sent.error().why += "; " + base::count_of(count, "rejected message") + (count == 1 ? " is" : " are") +
                          " not yet safe: " + letters_->state();
    return sent;
  }
  if (!sender_->finished() || !life_.close()) return {};
  say_how_many();
  return letters_->finish();
}

base::Result<void> DeadLetterSink::move_letters() {
  if (!waiting_.empty() && letters_->room() > 0) {
    TRY(letters_->write(waiting_));
    waiting_.clear();
  }
  TRY(letters_->flush());
  for (; settled_ < letters_->safe(); ++settled_) {
    sender_->settle(numbers_.front());
    numbers_.pop_front();
  }
  return {};
}

base::Result<void> DeadLetterSink::finish() {
  return sender_->finish();
}

base::Result<void> DeadLetterSink::hurry() {
  TRY(letters_->hurry());
  return sender_->hurry();
}

std::string DeadLetterSink::state() const {
  return sender_->state() + "; " + base::count_of(settled_, "dead letter") + ", " + std::to_string(numbers_.size()) +
         " on their way, " + letters_->state();
}

}  // namespace logsend
