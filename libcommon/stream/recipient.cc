#include "stream/recipient.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/io.h"
#include "base/quote.h"
#include "base/units.h"
#include "stream/line_reader.h"

namespace stream {
namespace {

using base::Kind;

constexpr base::Duration kGreetingTime = std::chrono::seconds(10);
constexpr base::Duration kGrace = std::chrono::seconds(5);  // to end after closing a pipe, or after SIGTERM
constexpr std::size_t kMaxLine = 128;                       // of a greeting or receipt
constexpr std::size_t kEagerBytes = 64 << 10;               // so much is sent without waiting for a flush
constexpr std::size_t kMostAtOnce = 1 << 20;                // of receipts, before others have their turn; a pipe's size
constexpr base::Duration kTurn = std::chrono::milliseconds(10);  // and so much time
constexpr base::Duration kLastTurn = std::chrono::seconds(1);    // for what a dead one has left
constexpr int kTemporary = 75;  // EX_TEMPFAIL: what it delivers to is away (Invitation::retry_time)

bool is_id(std::string_view text) {
  const auto graphic = [](unsigned char c) { return c > ' ' && c != 0x7f; };
  return !text.empty() && text.size() <= kMaxIdLength && std::all_of(text.begin(), text.end(), graphic);
}

}  // namespace

struct Recipient::Run {
  Child child;
  Stage stage;
  event::Io readable;
  event::Io writable;
  event::Io end;
  base::Instant fine_until;  // it began then, confirmed something, or was given the first message that waits
  LineReader lines{kMaxLine};
  std::optional<std::uint64_t> last{};  // what it said it has of the origin, until that was made use of
  bool owing = false;                   // was detached before it had confirmed what it was sent
  bool complete = false;                // its stdin was closed after the last message
  bool warned = false;
  bool renewed = false;  // ends to be started again under a new origin
  std::string reason{};  // why it should end
};

FrameFormat recipient_format(const OutletOptions& options) {
  return {options.plain ? options.format.framing : Framing::octet, true};
}

Recipient::Recipient(event::Loop& loop, OutletOptions options, std::string name, Window& window, base::Report report)
    : loop_(loop),
      options_(std::move(options)),
      report_(std::move(report)),
      name_(std::move(name)),
      window_(window),
      retry_(options_.retry_time, retry_seed()),
      timer_(loop, [this] { keep(on_timer()); }),
      more_(loop, [this] {
        if (run_) keep(read_output(kTurn));
      }) {}

Recipient::~Recipient() = default;

base::Result<std::unique_ptr<Recipient>> Recipient::start(event::Loop& loop, OutletOptions options, std::string name,
                                                          Window& window, base::Report report) {
  std::unique_ptr<Recipient> recipient(
      new Recipient(loop, std::move(options), std::move(name), window, std::move(report)));
  TRY(recipient->has_other() ? recipient->restart() : recipient->start_child());
  return recipient;
}

base::Result<void> Recipient::start_child() {
  std::optional<Invitation> invitation;
  if (!options_.plain) invitation = Invitation{options_.max_message, options_.origin};
  if (invitation && has_other()) invitation->retry_time = options_.fallback_after;
  Child child = TRY(Child::start(options_.command, Child::Output::piped, invitation));
  event::Io readable(loop_, child.output(), event::Interest::read, [this] { keep(read_output(kTurn)); });
  event::Io writable(loop_, child.input(), event::Interest::write, [this] { keep(send()); });
  event::Io end(loop_, child.ended(), event::Interest::read, [this] { keep(on_end()); });
  readable.start();
  end.start();
  run_ = std::make_unique<Run>(Run{std::move(child), options_.plain ? Stage::ready : Stage::greeting,
                                   std::move(readable), std::move(writable), std::move(end), base::now()});
  if (!options_.plain) timer_.start(greeting_time());
  return send();
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
    if (is_up() && !window_.between_frames()) doom("did not take a message to its end");
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

// One that greets only when it has reached what it delivers to (Invitation::retry_time) has more time.
base::Duration Recipient::greeting_time() const {
  return has_other() ? kGreetingTime + options_.fallback_after : kGreetingTime;
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
  if (useless && run_->stage != Stage::doomed) doom("is not needed any more");
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
  attached_ && !window_.between_frames() ? doom(kWhy) : expect_end(kWhy);
}

void Recipient::replace(std::string reason) {
  if (is_up()) doom(std::move(reason));
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

// One that floods us does not keep signals and the rest from their turn: what it wrote beyond the bound is read in the
// next, and stays in the pipe until then.
base::Result<void> Recipient::read_output(base::Duration longest) {
  const base::Instant until = base::now() + longest;
  std::array<char, 65536> buffer;
  bool more = TRY(take_lines(until));
  for (std::size_t taken = 0; more && taken < kMostAtOnce && run_->child.output() >= 0;) {
    const base::Transfer got = TRY(base::read_some(run_->child.output(), buffer, name_));
    if (got.would_block) return {};
    if (got.end) return output_closed();
    run_->lines.feed({buffer.data(), got.bytes});
    taken += got.bytes;
    more = TRY(take_lines(until)) && got.bytes == buffer.size();  // else that was all there is now
  }
  return {};
}

// Those that are read. False: it was doomed, or the time is up, and the rest comes in another turn.
base::Result<bool> Recipient::take_lines(base::Instant until) {
  while (run_->stage != Stage::doomed) {
    if (base::now() >= until) {
      more_.start(base::Duration::zero());
      return false;
    }
    const auto line = run_->lines.next();
    if (!line) return true;
    TRY(take_line(*line));
  }
  return false;
}

base::Result<void> Recipient::output_closed() {
  run_->readable.stop();
  run_->child.close_output();
  const bool done = run_->complete && !is_unsafe();
  if (!done) expect_end("closed its stdout");  // it can confirm nothing any more
  return {};
}

base::Result<void> Recipient::take_line(std::string_view line) {
  return run_->stage == Stage::greeting ? take_greeting(line) : take_receipt(line);
}

base::Result<void> Recipient::take_greeting(std::string_view line) {
  const auto greeting = parse_greeting(line);
  if (!greeting) return misbehaved("answered " + base::quote(line, kMaxIdLength) + " instead of a logpipe greeting");
  timer_.stop();
  run_->stage = Stage::ready;
  proven_ = true;
  misfit_.reset();
  said_.clear();
  if (run_->renewed) {
    end_for_origin();
    return {};
  }
  if (!options_.origin.empty() && greeting->last) {
    if (TRY(renew_origin(*greeting))) return {};
    run_->last = greeting->last;
  }
  new_origin_ = false;
  if (attached_) leave_out_known();
  TRY(send());
  if (is_dismissed()) expect_end("has nothing left to do");
  return {};
}

base::Result<bool> Recipient::renew_origin(const Greeting& greeting) {
  base::Result<std::string> origin;
  if (new_origin_)
    origin = base::fail(Kind::protocol, "", "nothing was sent yet under this origin");
  else if (options_.renew_origin)
    origin = options_.renew_origin(greeting);
  if (!origin) {
    run_->child.send_signal(SIGTERM);
    if (origin.error().what.empty())
      origin.error().what = name_ + " says that it has messages up to " + std::to_string(*greeting.last);
    return tl::unexpected(std::move(origin.error()));
  }
  if (origin->empty()) return false;
  use_origin(std::move(*origin));
  return true;
}

// What the child has already is safe and is not sent.
void Recipient::leave_out_known() {
  skip_to_.reset();
  const auto last = std::exchange(run_->last, std::nullopt);
  if (!last) return;
  const std::uint64_t before = window_.safe();
  if (!window_.skip(*last) && window_.room() > 0 && !life_.is_finishing()) skip_to_ = last;
  if (window_.safe() > before) retry_.succeeded();
}

base::Result<void> Recipient::take_receipt(std::string_view line) {
  if (is_id(line)) {
    confirmed(line);
    return {};
  }
  return misbehaved("wrote " + base::quote(line, kMaxIdLength) + " where a receipt belongs");
}

void Recipient::confirmed(std::string_view id) {
  const bool owed = std::exchange(run_->owing, false);
  if (owed || (attached_ && window_.acknowledge(id))) {
    confirmed_ = attached_;
    proven_ = true;
    run_->fine_until = base::now();
    retry_.succeeded();
  } else if (attached_ && !std::exchange(run_->warned, true)) {
    report_(base::Level::warning, name_ + " confirmed " + base::quote(id, kMaxIdLength) +
                                      ", which it was not sent or had confirmed before; ignored");
  }
}

base::Result<void> Recipient::on_timer() {
  if (!run_) return restart();
  switch (run_->stage) {
    case Stage::greeting:
      return misbehaved("gave no logpipe greeting within " + base::format_duration(greeting_time()));
    case Stage::leaving:
      if (!proven_ && !options_.plain) return misbehaved(run_->reason);
      doom(run_->reason + " but did not end");
      break;
    case Stage::doomed:
      run_->child.send_signal(SIGKILL);
      break;
    case Stage::ready:
      break;
  }
  return {};
}

base::Result<void> Recipient::restart() {
  auto started = start_child();
  if (started || run_) return started;
  if (has_other() && !proven_) TRY(found_unfit(started.error()));
  return try_again(name_ + " could not be started" + (proven_ ? " again: " : ": ") + started.error().why);
}

base::Result<void> Recipient::on_end() {
  const auto status = run_->child.collect();
  if (!status) return {};
  TRY(read_output(kLastTurn));  // its last receipts
  const auto last = std::move(run_);
  timer_.stop();
  if (last->renewed && last->stage != Stage::greeting && (!life_.is_finishing() || is_unsafe())) {
    if (attached_) window_.resend();
    return restart();
  }
  return ended(*status, *last);
}

// Its receipts alone say what is safe: the exit status of a shell pipe is that of its last part, whatever became of the
// others.
base::Result<void> Recipient::ended(const ExitStatus& status, const Run& last) {
  const std::string how = last.stage == Stage::doomed ? last.reason : status.text();
  if (!proven_) {
    if (const auto kind = permanent_kind(status)) TRY(found_unfit({*kind, name_, how + " before it was ready"}));
    if (status.ok() && !options_.plain)
      TRY(found_unfit({Kind::protocol, "start " + name_, "it ended without a logpipe greeting" + advice()}));
  }
  if (!life_.is_finishing() || is_unsafe()) {
    const bool was_away = has_other() && !status.by_signal && status.number == kTemporary;
    return try_again(name_ + " " + how + (status.ok() ? early_end() : ""),
                     was_away ? std::optional(last.fine_until) : std::nullopt);
  }
  if (!status.ok() && attached_) report_(base::Level::warning, name_ + " " + how + ", but had confirmed everything");
  life_.end();
  return {};
}

std::string Recipient::early_end() const {
  if (!life_.is_finishing()) return " before the end of its input";
  return " before it had confirmed everything" + (proven_ ? "" : advice());
}

// `since`: it was of no use from then on.
base::Result<void> Recipient::try_again(const std::string& failure, std::optional<base::Instant> since) {
  if (attached_) window_.resend();
  const auto delay = retry_.failed(base::now(), since);
  const std::string waiting = base::count_of(window_.waiting(), "message");
  if (!delay)
    return base::fail(Kind::temporary, failure,
                      waiting + (window_.waiting() == 1 ? " is" : " are") + " not confirmed; run again");
  const bool news = std::exchange(said_, failure) != failure || attached_;
  if (news)
    report_(base::Level::warning, failure + "; starting it again in " + base::format_duration(*delay) +
                                      (attached_ ? ", " + waiting + " to send again" : ""));
  timer_.start(*delay);
  return {};
}

// One that never did better is taken for the wrong command.
base::Result<void> Recipient::misbehaved(const std::string& how) {
  doom(how);
  if (proven_ || is_dismissed()) return {};
  return found_unfit({Kind::protocol, "start " + name_, "it " + how + advice()});
}

// Another try will not mend it, so that this is the end, unless there is another sink.
base::Result<void> Recipient::found_unfit(base::Error error) {
  if (!has_other()) return tl::unexpected(std::move(error));
  misfit_ = std::move(error);
  return {};
}

std::string Recipient::advice() const {
  return options_.plain ? "; use --filter for filters, and --batch for commands that write no receipts"
                        : "; use --batch or --plain for ordinary commands, and exec in a shell";
}

void Recipient::close_input() {
  run_->writable.stop();
  run_->child.close_input();
}

void Recipient::expect_end(std::string reason) {
  close_input();
  if (run_->stage == Stage::leaving || run_->stage == Stage::doomed) return;
  run_->stage = Stage::leaving;
  run_->reason = std::move(reason);
  timer_.start(kGrace);
}

void Recipient::doom(std::string reason) {
  run_->stage = Stage::doomed;
  run_->reason = std::move(reason);
  run_->readable.stop();
  close_input();
  run_->child.send_signal(SIGTERM);
  timer_.start(kGrace);
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
