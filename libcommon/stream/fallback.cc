#include "stream/fallback.h"

#include <algorithm>

#include "stream/child.h"

namespace stream {
namespace {

using base::Kind;

// It will not greet soon.
bool has_failed(const Recipient& recipient) {
  return !recipient.is_proven() && (recipient.failing_since() || recipient.misfit());
}

std::string messages(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " message" : " messages");
}

}  // namespace

Fallback::Fallback(event::Loop& loop, const OutputOptions& options, base::Report report)
    : report_(std::move(report)),
      after_(options.fallback_after),
      give_up_after_(options.retry_time),
      in_the_middle_(options.upstream.has_value()),
      window_(recipient_format(options), options.window.count, options.window_messages),
      timer_(loop, [] {}) {}

base::Result<std::unique_ptr<Fallback>> Fallback::start(event::Loop& loop, OutputOptions options, base::Report report) {
  std::unique_ptr<Fallback> fallback(new Fallback(loop, options, report));
  Window& window = fallback->window_;
  options.retry_time.reset();  // one may stay down as long as the other works
  const auto renew = options.renew_origin;
  if (renew) options.renew_origin = fallback->sharing(renew, fallback->spare_);
  fallback->primary_ =
      TRY(Recipient::start(loop, options, "hop '" + command_text(options.command) + "'", window, report));
  options.command = options.fallback;
  if (renew) options.renew_origin = fallback->sharing(renew, fallback->primary_);
  fallback->spare_ =
      TRY(Recipient::start(loop, options, "fallback '" + command_text(options.command) + "'", window, report));
  fallback->primary_->attach();
  return fallback;
}

// The origin is the source's: both recipients have messages of the same one.
RenewOrigin Fallback::sharing(const RenewOrigin& renew, const std::unique_ptr<Recipient>& other) {
  return [renew, &other](const Greeting& greeting) -> base::Result<std::string> {
    std::string origin = TRY(renew(greeting));
    if (!origin.empty()) other->use_origin(origin);
    return origin;
  };
}

Recipient& Fallback::attached() const {
  return phase_ == Phase::spare || phase_ == Phase::returning ? *spare_ : *primary_;
}

bool Fallback::ready() const {
  return primary_->is_proven() || (phase_ == Phase::spare && spare_->is_proven());
}

std::optional<Strength> Fallback::strength() const {
  Strength weaker = Strength::stored;
  for (const Recipient* each : {primary_.get(), spare_.get()}) {
    if (!each->strength() && !has_failed(*each)) return {};
    weaker = std::max(weaker, each->strength().value_or(Strength::sent));
  }
  return primary_->is_proven() || spare_->is_proven() ? std::optional(weaker) : std::nullopt;
}

base::Result<void> Fallback::write(const Batch& batch) {
  return attached().write(batch);
}

base::Result<void> Fallback::flush() {
  TRY(primary_->flush());
  TRY(spare_->flush());
  const base::Instant now = base::now();
  TRY(advance(now));
  TRY(check_hopeless(now));
  if (life_.is_finishing() && window_.waiting() == 0) {
    life_.close();
    timer_.stop();
    TRY(primary_->finish());
    TRY(spare_->finish());
  }
  return {};
}

base::Result<void> Fallback::finish() {
  life_.finish();
  TRY(attached().finish());
  return flush();
}

void Fallback::use_origin(const std::string& origin) {
  primary_->use_origin(origin);
  spare_->use_origin(origin);
}

base::Result<void> Fallback::hurry() {
  TRY(primary_->hurry());
  return spare_->hurry();
}

base::Result<void> Fallback::advance(base::Instant now) {
  if (life_.is_closing()) return {};
  while (moved_on(now)) {
    if (life_.is_finishing()) TRY(attached().finish());
    TRY(attached().flush());
  }
  set_timer(now);
  return {};
}

// One step, where one is due.
bool Fallback::moved_on(base::Instant now) {
  switch (phase_) {
    case Phase::primary:
      return leave_primary(now);
    case Phase::spare:
      return leave_spare(now);
    case Phase::returning:
      return leave_returning(now);
    case Phase::trial:
      return leave_trial(now);
    case Phase::probation:
      return leave_probation();
  }
  return false;
}

std::optional<base::Instant> Fallback::primary_down_since() const {
  if (primary_->is_up() || window_.waiting() == 0) return {};
  return primary_->failing_since();
}

bool Fallback::leave_primary(base::Instant now) {
  const auto since = primary_down_since();
  if (!since || now - *since < after_) return false;
  report_(base::Level::warning, primary_->name() + " has been down for " + base::format_duration(after_) + "; its " +
                                    messages(window_.waiting()) + " without a receipt, and new ones, go to " +
                                    spare_->name());
  use_spare();
  return true;
}

// At the end there is no need of the primary any more, unless the spare fails too.
bool Fallback::leave_spare(base::Instant now) {
  if (!primary_->is_ready() || (life_.is_finishing() && spare_->is_up())) return false;
  phase_ = Phase::returning;
  awaited_ = window_.begun();
  window_.hold_after(awaited_);
  last_safe_ = window_.safe();
  since_ = now;
  return true;
}

bool Fallback::leave_returning(base::Instant now) {
  if (!primary_->is_ready()) {
    window_.release();
    phase_ = Phase::spare;
    return true;
  }
  if (window_.safe() > last_safe_) since_ = now;
  last_safe_ = window_.safe();
  if (window_.safe() < awaited_ && spare_->is_up()) {
    if (now - since_ < after_) return false;
    spare_->replace("confirmed nothing for " + base::format_duration(after_));
  }
  use_primary();
  return true;
}

bool Fallback::leave_trial(base::Instant now) {
  if (!primary_->is_up() || (on_trial_ && !primary_->has_confirmed() && now - since_ >= after_)) {
    use_spare();
    return true;
  }
  if (primary_->has_confirmed()) {
    phase_ = Phase::probation;
    awaited_ = window_.appended();
    window_.release();
    return true;
  }
  const auto first = window_.next_with_id();
  if (on_trial_ || !first) return false;
  on_trial_ = true;
  since_ = now;
  window_.hold_after(*first);
  return true;
}

// A disk may have had room for one message and have none for the rest.
bool Fallback::leave_probation() {
  if (window_.safe() >= awaited_) {
    phase_ = Phase::primary;
    report_(base::Level::note, primary_->name() + " is back; new messages go to it again");
    return true;
  }
  if (primary_->is_up()) return false;
  use_spare();
  return true;
}

void Fallback::use_spare() {
  primary_->detach();
  window_.release();
  spare_->attach();
  phase_ = Phase::spare;
}

void Fallback::use_primary() {
  spare_->detach();
  primary_->attach();
  window_.hold_after(window_.safe());
  on_trial_ = false;
  phase_ = Phase::trial;
}

std::optional<base::Instant> Fallback::both_down_since() const {
  if (!give_up_after_ || window_.waiting() == 0 || primary_->is_up() || spare_->is_up()) return {};
  const auto primary = primary_->failing_since();
  const auto spare = spare_->failing_since();
  if (!primary || !spare) return {};
  return std::max(*primary, *spare);
}

base::Result<void> Fallback::check_hopeless(base::Instant now) {
  if (primary_->misfit() && spare_->misfit()) return tl::unexpected(*primary_->misfit());
  if (in_the_middle_ && has_failed(*primary_) && has_failed(*spare_))
    return base::fail(Kind::temporary, primary_->name() + " and " + spare_->name(),
                      "both failed before they were ready");
  const auto since = both_down_since();
  if (!since || now - *since < *give_up_after_) return {};
  return base::fail(Kind::temporary, primary_->name() + " and " + spare_->name() + " are down",
                    messages(window_.waiting()) + " are not confirmed; run again");
}

void Fallback::set_timer(base::Instant now) {
  std::optional<base::Instant> next;
  const auto at = [&](base::Instant instant) { next = next ? std::min(*next, instant) : instant; };
  if (const auto since = primary_down_since(); since && phase_ == Phase::primary) at(*since + after_);
  if (phase_ == Phase::returning || (phase_ == Phase::trial && on_trial_)) at(since_ + after_);
  if (const auto since = both_down_since()) at(*since + *give_up_after_);
  if (next)
    timer_.start(std::max(*next - now, base::Duration::zero()));
  else
    timer_.stop();
}

std::string Fallback::state() const {
  const bool spare = &attached() == spare_.get();
  return primary_->state() + ", " + spare_->state() + ", " + messages(window_.waiting()) + " unconfirmed by the " +
         (spare ? "fallback" : "hop");
}

}  // namespace stream
