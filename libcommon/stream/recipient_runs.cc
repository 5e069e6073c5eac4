// How a recipient's command is started, ended, and started again.
#include <csignal>

#include "base/units.h"
#include "stream/recipient_run.h"

namespace stream {
namespace {

using base::Kind;

constexpr base::Duration kGrace = std::chrono::seconds(5);     // to end after closing a pipe, or after SIGTERM
constexpr base::Duration kLastTurn = std::chrono::seconds(1);  // for what a dead one has left
constexpr int kTemporary = 75;  // EX_TEMPFAIL: what it delivers to is away (Invitation::retry_time)
constexpr int kIo = 74;         // EX_IOERR

}  // namespace

base::Result<void> Recipient::start_child() {
  std::optional<Invitation> invitation;
  if (!options_.plain) invitation = Invitation{options_.max_message, options_.origin, reach_time(), hop()};
  Child child = TRY(Child::start(options_.command, Child::Output::piped, invitation));
  event::Io readable(loop_, child.output(), event::Interest::read, [this] { keep(read_output(kRecipientTurn)); });
  event::Io writable(loop_, child.input(), event::Interest::write, [this] { keep(send()); });
  event::Io end(loop_, child.ended(), event::Interest::read, [this] { keep(on_end()); });
  readable.start();
  end.start();
  run_ = std::make_unique<Run>(Run{std::move(child), options_.plain ? Stage::ready : Stage::greeting,
                                   std::move(readable), std::move(writable), std::move(end), base::now()});
  if (!options_.plain) timer_.start(greeting_time());
  return send();
}

// See Invitation::retry_time.
std::optional<base::Duration> Recipient::reach_time() const {
  if (has_other()) return options_.fallback_after;
  return options_.upstream ? options_.upstream->retry_time : std::nullopt;
}

// One that greets only when it has reached what it delivers to has more time, as far as this process itself has.
base::Duration Recipient::greeting_time() const {
  const auto more = options_.upstream ? options_.upstream->retry_time : reach_time();
  return stream::greeting_time(hop()) + more.value_or(base::Duration::zero());
}

base::Result<void> Recipient::on_timer() {
  if (!run_) return restart();
  switch (run_->stage) {
    case Stage::greeting:
      return misbehaved("gave no logpipe greeting within " + base::format_duration(greeting_time()));
    case Stage::leaving:
      if (!proven_ && !options_.plain) return misbehaved(run_->reason);
      terminate(run_->reason + " but did not end");
      break;
    case Stage::terminating:
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
  const std::string how = last.stage == Stage::terminating ? last.reason : status.text();
  if (!proven_) {
    if (const auto kind = permanent_kind(status)) TRY(found_unfit({*kind, name_, how + " before it was ready"}));
    if (status.ok() && !options_.plain)
      TRY(found_unfit({Kind::protocol, "start " + name_, "it ended without a logpipe greeting" + advice()}));
  }
  if (!life_.is_finishing() || is_unsafe()) {
    if (!proven_ && options_.upstream && !has_other()) return unready(status, how);
    const bool was_away = reach_time() && !status.by_signal && status.number == kTemporary;
    return try_again(name_ + " " + how + (status.ok() ? early_end() : ""),
                     was_away ? std::optional(last.fine_until) : std::nullopt);
  }
  if (!status.ok() && attached_) report_(base::Level::warning, name_ + " " + how + ", but had confirmed everything");
  life_.end();
  return {};
}

// The hop before this one tries again, or has another sink.
base::Result<void> Recipient::unready(const ExitStatus& status, const std::string& how) const {
  const bool io = !status.by_signal && status.number == kIo;
  return base::fail(io ? Kind::io : Kind::temporary, name_, how + " before it was ready");
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
  terminate(how);
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
  if (run_->stage == Stage::leaving || run_->stage == Stage::terminating) return;
  run_->stage = Stage::leaving;
  run_->reason = std::move(reason);
  timer_.start(kGrace);
}

void Recipient::terminate(std::string reason) {
  run_->stage = Stage::terminating;
  run_->reason = std::move(reason);
  run_->readable.stop();
  close_input();
  run_->child.send_signal(SIGTERM);
  timer_.start(kGrace);
}

}  // namespace stream
