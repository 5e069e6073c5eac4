// Who a window's frames are sent to: a command that takes frames on its stdin and writes receipts on its stdout
// (logpipe(7), HOPS). Started at once, and again whenever it ends.
//
// Two may stand at one window (OutputOptions::fallback), of which one at most is attached: that one is sent the frames,
// and what it confirms is safe. The other only runs, so that it can be attached. No failure of one of two is an error.
//
// The bodies are in recipient.cc, recipient_output.cc and recipient_runs.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "stream/child.h"
#include "stream/handshake.h"
#include "stream/life.h"
#include "stream/output.h"
#include "stream/retry.h"
#include "stream/window.h"

namespace stream {

// The framing of a recipient's window.
FrameFormat recipient_format(const OutputOptions& options);

class Recipient {
 public:
  // Not attached yet. `name` is for messages: "hop 'logbuf push q'". The window outlives the recipient.
  static base::Result<std::unique_ptr<Recipient>> start(event::Loop& loop, OutputOptions options, std::string name,
                                                        Window& window, base::Report report);
  // The command is left to finish by itself with what it has.
  ~Recipient();

  // From now on it is sent the window's frames, from the first unsafe one on.
  void attach();
  // Nothing more is sent, and what it confirms does not count. A command that has a part of a frame is replaced.
  void detach();

  // To the window, and on to the command; only while attached.
  base::Result<void> write(const Batch& batch);
  base::Result<void> flush();
  // It shall end: as soon as everything is safe while it is attached, else at once. detach() takes that back.
  base::Result<void> finish();
  [[nodiscard]] bool finished() const { return life_.is_finished(); }

  // A pause before the next try ends.
  base::Result<void> hurry();

  // What it is sent has this origin from now on, under which it was never sent anything. A command learns its origin
  // when it is started: it is started again.
  void use_origin(std::string origin);

  // Ends this run of the command; the next one begins as after a failure.
  void replace(std::string reason);

  // The command runs and has greeted.
  [[nodiscard]] bool is_up() const;
  // It could be attached now: it is up, and has confirmed whatever it was sent.
  [[nodiscard]] bool is_ready() const;
  // It has confirmed something since it was attached.
  [[nodiscard]] bool has_confirmed() const { return confirmed_; }
  // Some run of it has greeted, or with --plain, written a receipt.
  [[nodiscard]] bool is_proven() const { return proven_; }
  // What its receipts mean, as it last said; nothing: it has not greeted yet, or --plain.
  [[nodiscard]] std::optional<Strength> strength() const { return strength_; }
  // The first failure since it last confirmed something, or was given messages while it was up and idle.
  [[nodiscard]] std::optional<base::Instant> failing_since() const { return retry_.failing_since(); }
  // Of one of two that was never of use: what another try will not mend, such as a wrong command.
  [[nodiscard]] const std::optional<base::Error>& misfit() const { return misfit_; }

  [[nodiscard]] const std::string& name() const { return name_; }
  // "hop 'logbuf push q' is running (process 4711)"
  [[nodiscard]] std::string state() const;

 private:
  enum class Stage {
    greeting,     // has not answered yet
    ready,        // takes frames
    leaving,      // closed a pipe, so it should end by itself now
    terminating,  // told to end
  };
  struct Run;  // one run of the command

  Recipient(event::Loop& loop, OutputOptions options, std::string name, Window& window, base::Report report);

  base::Result<void> start_child();
  void begin_to_wait();
  [[nodiscard]] unsigned hop() const { return options_.upstream ? options_.upstream->hop + 1 : 1; }
  [[nodiscard]] std::optional<base::Duration> reach_time() const;
  [[nodiscard]] base::Duration greeting_time() const;
  base::Result<void> restart();
  base::Result<void> on_timer();
  base::Result<void> on_end();
  base::Result<void> read_output(base::Duration longest);
  base::Result<bool> take_lines(base::Instant until);
  base::Result<void> take_line(std::string_view line);
  base::Result<void> take_greeting(std::string_view line);
  base::Result<void> take_receipt(std::string_view line);
  void confirmed(std::string_view id);
  base::Result<bool> renew_origin(const Greeting& greeting);
  void leave_out_known();
  void end_for_origin();
  base::Result<void> send();
  base::Result<void> output_closed();
  void close_input();
  void expect_end(std::string reason);
  void terminate(std::string reason);
  base::Result<void> ended(const ExitStatus& status, const Run& last);
  base::Result<void> try_again(const std::string& failure, std::optional<base::Instant> since = {});
  [[nodiscard]] base::Result<void> unready(const ExitStatus& status, const std::string& how) const;
  base::Result<void> misbehaved(const std::string& how);
  base::Result<void> found_unfit(base::Error error);
  [[nodiscard]] bool has_other() const { return !options_.fallback.empty(); }
  [[nodiscard]] bool is_dismissed() const { return life_.is_finishing() && !attached_; }
  [[nodiscard]] bool is_unsafe() const { return attached_ && window_.waiting() > 0; }
  [[nodiscard]] std::string early_end() const;
  [[nodiscard]] std::string advice() const;
  void keep(base::Result<void> outcome);

  event::Loop& loop_;
  OutputOptions options_;
  base::Report report_;
  std::string name_;
  Window& window_;
  Retry retry_;
  std::unique_ptr<Run> run_;  // nothing between two runs
  event::Timer timer_;        // of the stage, or until the next run
  event::Timer more_;         // lines of it are left from the last turn
  std::optional<base::Error> failure_;
  std::optional<base::Error> misfit_;
  std::optional<Strength> strength_;
  std::string said_;                      // the last failure that people were told
  std::optional<std::uint64_t> skip_to_;  // set while messages that the child already has may come
  bool new_origin_ = false;               // a sink has not said yet that it has nothing of it
  bool proven_ = false;
  bool attached_ = false;
  bool confirmed_ = false;
  Life life_;
};

}  // namespace stream
