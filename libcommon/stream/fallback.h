// The sink of "--fallback COMMAND -- COMMAND": a hop, and a second one for the time when the first is down
// (docs/decisions/0009).
//
// Both run from the start, at one window. One of them at a time, the attached one, is sent messages, each from the
// first unsafe one on; so whatever one of them has confirmed or says it has of an origin, all before that is safe with
// one of the two.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "stream/life.h"
#include "stream/output.h"
#include "stream/recipient.h"
#include "stream/window.h"

namespace stream {

class Fallback final : public Sink {
 public:
  static base::Result<std::unique_ptr<Fallback>> start(event::Loop& loop, OutputOptions options, base::Report report);

  [[nodiscard]] bool ready() const override;
  // That of the weaker one, once each of the two has greeted or failed.
  [[nodiscard]] std::optional<Strength> strength() const override;
  [[nodiscard]] std::size_t room() const override { return window_.room(); }
  base::Result<void> write(const Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return window_.safe(); }
  [[nodiscard]] bool finished() const override { return primary_->finished() && spare_->finished(); }
  [[nodiscard]] std::string state() const override;
  void use_origin(const std::string& origin) override;
  base::Result<void> hurry() override;

 private:
  enum class Phase {
    primary,    // the primary is attached
    spare,      // the spare is, since the primary is down
    returning,  // the spare still is, to confirm what it was sent: the primary could take messages again
    trial,      // the primary is, with one message
    probation,  // with the rest of the window
  };

  Fallback(event::Loop& loop, const OutputOptions& options, base::Report report);

  static RenewOrigin sharing(const RenewOrigin& renew, const std::unique_ptr<Recipient>& other);
  [[nodiscard]] Recipient& attached() const;
  base::Result<void> advance(base::Instant now);
  [[nodiscard]] bool moved_on(base::Instant now);
  bool leave_primary(base::Instant now);
  bool leave_spare(base::Instant now);
  bool leave_returning(base::Instant now);
  bool leave_trial(base::Instant now);
  bool leave_probation();
  void use_spare();
  void use_primary();
  [[nodiscard]] std::optional<base::Instant> primary_down_since() const;
  [[nodiscard]] std::optional<base::Instant> both_down_since() const;
  base::Result<void> check_hopeless(base::Instant now);
  void set_timer(base::Instant now);

  base::Report report_;
  base::Duration after_;
  std::optional<base::Duration> give_up_after_;
  bool in_the_middle_;  // OutputOptions::upstream
  Window window_;
  std::unique_ptr<Recipient> primary_;
  std::unique_ptr<Recipient> spare_;
  Phase phase_ = Phase::primary;
  std::uint64_t awaited_ = 0;    // how many messages are to be safe for the phase to end well
  std::uint64_t last_safe_ = 0;  // while returning
  base::Instant since_{};        // the trial was sent, or something became safe while returning
  bool on_trial_ = false;        // a message was there for the trial
  Life life_;                    // closing: all is safe, and both were told to end
  event::Timer timer_;
};

}  // namespace stream
