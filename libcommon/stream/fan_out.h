// The sink of "--to NAME=COMMAND ... -- COMMAND": a message goes to each sink that its route names (batch.h), and is
// safe when all of these have it (docs/decisions/0051).
//
// Bounded: each sink keeps what it has not confirmed, as if it stood alone. When one of them is full, or the first
// message that is not safe lies as far back as a window is long, nothing more is taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stream/handshake.h"
#include "stream/output.h"

namespace stream {

class FanOut final : public Sink {
 public:
  // Makes the sink of one command, or of stdout.
  using Open = std::function<base::Result<std::unique_ptr<Sink>>(OutputOptions)>;

  // The default sink is that of `options.command`, with its fallback; all of them are run in the same way. Under the
  // origin that they are told, routes are always the same.
  static base::Result<std::unique_ptr<FanOut>> open(OutputOptions options, const Open& open);

  [[nodiscard]] bool ready() const override;
  // That of the weakest one, once all are known.
  [[nodiscard]] std::optional<Strength> strength() const override;
  [[nodiscard]] std::size_t room() const override;
  base::Result<void> write(const Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return safe_; }
  [[nodiscard]] bool finished() const override;
  // "default: hop 'logbuf push q' is running; errors: ..."
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Instant> away_since() const override;
  base::Result<void> hurry() override;
  void cut_off() override;
  // Where routes are chosen in another way from now on, so is the origin another one.
  base::Result<void> reopen() override;

 private:
  // Messages one after the other, by their place among all that were ever written, from 1 on.
  struct Run {
    std::uint64_t first;
    std::uint64_t count;
  };
  struct Branch {
    std::string name;
    std::unique_ptr<Sink> sink{};
    Batch batch{};           // its part of the one that is being written
    std::deque<Run> open{};  // what it was given and has not made safe
    std::uint64_t safe = 0;  // of what it was given
    bool greets = false;     // it is a hop
    std::optional<Greeting> greeting{};
  };

  explicit FanOut(const OutputOptions& options);

  base::Result<void> add(std::string name, OutputOptions options, const Open& open);
  base::Result<void> to_all(base::Result<void> (Sink::*call)());
  void split(const Batch& batch);
  static void note(Branch& branch, std::uint64_t first, std::uint64_t count);
  static void settle(Branch& branch);
  void settle();
  void greeted(std::size_t index, const Greeting& greeting);
  base::Result<std::string> renew(std::size_t index, const Greeting& greeting);
  [[nodiscard]] std::string origin() const;

  std::deque<Branch> branches_;  // by the bits of a route
  std::size_t window_messages_;
  std::function<std::string()> routing_;
  std::string routing_now_;  // what it said last
  std::string origin_;       // of the source; empty: none
  std::string era_;          // of the routing, in this process: empty before the first change
  RenewOrigin renew_origin_;
  std::function<void(const Greeting&)> on_greeting_;
  std::uint64_t written_ = 0;  // messages ever
  std::uint64_t safe_ = 0;
};

}  // namespace stream
