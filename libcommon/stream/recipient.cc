#include "stream/recipient.h"

#include <cerrno>

#include "base/io.h"
#include "stream/recipient_run.h"

namespace stream {
namespace {

constexpr std::size_t kEagerBytes = 64 << 10;  // so much is sent without waiting for a flush

}  // namespace

FrameFormat recipient_format(const OutputOptions& options) {
  return {options.plain ? options.format.framing : Framing::octet, true};
}

Recipient::Recipient(event::Loop& loop, OutputOptions options, std::string name, Window& window, base::Report report)
    : loop_(loop),
      options_(std::move(options)),
      report_(std::move(report)),
      name_(std::move(name)),
      window_(window),
      retry_(options_.retry_time, retry_seed()),
      timer_(loop, [this] { keep(on_timer()); }),
      more_(loop, [this] {
        if (run_) keep(read_output(kRecipientTurn));
      }) {}

Recipient::~Recipient() = default;

base::Result<std::unique_ptr<Recipient>> Recipient::start(event::Loop& loop, OutputOptions options, std::string name,
                                                          Window& window, base::Report report) {
  std::unique_ptr<Recipient> recipient(
      new Recipient(loop, std::move(options), std::move(name), window, std::move(report)));
  TRY(recipient->has_other() ? recipient->restart() : recipient->start_child());
  return recipient;
}

void Recipient::attach() {
  attached_ = true;
  confirmed_ = false;
  window_.resend();
  if (!is_up()) return;
  begin_to_wait();
  leave_out_known();
}

void Recipient::detach() {
  if (run_) {
    run_->writable.stop();
    run_->owing = window_.begun() > window_.safe();
    if (is_up() && !window_.between_frames()) terminate("did not take a message to its end");
  }
  attached_ = false;
  life_.take_back_finish();
  skip_to_.reset();
}

bool Recipient::is_up() const {
  return run_ && run_->stage == Stage::ready;
}

bool Recipient::is_ready() const {
  return is_up() && run_->child.input() >= 0 && !run_->owing;
}

base::Result<void> Recipient::write(const Batch& batch) {
  if (window_.waiting() == 0 && is_up()) begin_to_wait();
  window_.append(batch);
  if (skip_to_ && (window_.skip(*skip_to_) || window_.room() == 0)) skip_to_.reset();
  return window_.unsent().size() < kEagerBytes ? base::Result<void>{} : flush();
}

base::Result<void> Recipient::flush() {
  if (failure_) return tl::unexpected(*failure_);
  return send();
}

// An old failure is no part of a new one.
void Recipient::begin_to_wait() {
  retry_.restart_clock();
  run_->fine_until = base::now();
}

base::Result<void> Recipient::hurry() {
  retry_.hurry();
  if (run_ || finished() || !timer_.active()) return {};
  timer_.stop();
  return restart();
}

base::Result<void> Recipient::finish() {
  life_.finish();
  skip_to_.reset();
  if (!run_ && !is_unsafe()) {
    timer_.stop();
    life_.end();
  }
  const bool useless = run_ && (run_->owing || (is_dismissed() && run_->stage == Stage::greeting));
  if (useless && run_->stage != Stage::terminating) terminate("is not needed any more");
  TRY(hurry());
  TRY(flush());
  if (is_dismissed() && is_up()) expect_end("has nothing left to do");
  return {};
}

void Recipient::use_origin(std::string origin) {
  options_.origin = std::move(origin);
  new_origin_ = true;
  if (!run_ || (run_->stage != Stage::greeting && run_->stage != Stage::ready)) return;
  run_->renewed = true;
  if (is_up()) end_for_origin();  // else when it has greeted
}

void Recipient::end_for_origin() {
  constexpr char kWhy[] = "is to begin anew under another origin";
  attached_ && !window_.between_frames() ? terminate(kWhy) : expect_end(kWhy);
}

void Recipient::replace(std::string reason) {
  if (is_up()) terminate(std::move(reason));
}

base::Result<void> Recipient::send() {
  if (!run_ || run_->child.input() < 0) return {};
  bool full = false;
  while (attached_ && run_->stage == Stage::ready && !skip_to_ && !full && !window_.unsent().empty()) {
    const auto moved = base::write_some(run_->child.input(), window_.unsent(), name_);
    if (!moved && moved.error().code != EPIPE) return tl::unexpected(moved.error());
    if (!moved) {
      expect_end("closed its stdin");
      return {};
    }
    window_.sent(moved->bytes);
    full = moved->would_block;
  }
  run_->writable.set(full);
  if (life_.is_finishing() && (!attached_ || window_.all_sent())) {
    close_input();
    run_->complete = true;
  }
  return {};
}

void Recipient::keep(base::Result<void> outcome) {
  if (!outcome && !failure_) failure_ = std::move(outcome.error());
}

std::string Recipient::state() const {
  if (!run_) return name_ + " is down, waiting to start it again";
  const char* stage = run_->stage == Stage::greeting ? " is starting"
                      : run_->stage == Stage::ready  ? " is running"
                                                     : " is ending";
  return name_ + stage + " (process " + std::to_string(run_->child.pid()) + ")";
}

}  // namespace stream
