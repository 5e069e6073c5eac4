// What the sinks have in common that send requests made of many messages: to HTTP servers, PostgreSQL and Kafka. They
// say how a load of their outbox is sent; this says when it is, what becomes of rejected messages, and how it ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "codec/rejection.h"
#include "event/loop.h"
#include "stream/life.h"
#include "tools/logsend/outbox.h"
#include "tools/logsend/rejecting_sink.h"

namespace logsend {

struct OutboxSinkOptions {
  OutboxLimits outbox = {};
  base::Duration batch_time = base::Duration::zero();    // how long a load waits for more messages
  base::Duration drain_time = std::chrono::seconds(10);  // at the end, without progress
  std::uint64_t seed = 0;
  codec::Reject on_reject = {};  // none: a rejected message is an error
};

class OutboxSink : public RejectingSink {
 public:
  [[nodiscard]] std::size_t room() const override { return outbox_.room(); }
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return outbox_.safe(); }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::optional<base::Instant> away_since() const override { return away_since_; }
  // Ends a pause.
  base::Result<void> hurry() override;
  void settle(std::uint64_t number) override;

 protected:
  OutboxSink(event::Loop& loop, const OutboxSinkOptions& options);

  // ---- what a sink is asked
  // Sends what can be sent, and calls wait_for_more().
  virtual void send() = 0;
  // The pause is over.
  virtual void go_on() = 0;
  // Everything is safe, and nothing more comes.
  virtual void closed_down() = 0;
  // "send to URL", of where it sends now, for messages to people.
  [[nodiscard]] virtual std::string place() const = 0;
  // The same with all the places that there are.
  [[nodiscard]] virtual std::string places() const { return place(); }
  // What people call the other side, and what it does with messages: "server", "stored".
  struct Words {
    const char* peer;
    const char* done;
  };
  [[nodiscard]] virtual Words words() const = 0;

  // ---- what it uses
  // The next load to send, or null.
  std::unique_ptr<Load> next_load();
  void wait_for_more();
  // A rejected message is no error.
  [[nodiscard]] bool may_reject() const { return static_cast<bool>(on_reject_); }
  // A message that stands alone, with why it is refused.
  void reject(const Load& load);
  // To be called when something may have become safe.
  void progressed();
  void pause_for(base::Duration time);
  [[nodiscard]] std::size_t waiting() const { return outbox_.waiting(); }
  // ", 3 messages are waiting", or nothing.
  [[nodiscard]] std::string waits() const;
  // "waiting 3s (the last failure)", while there is a pause.
  [[nodiscard]] std::string pausing() const;

  Outbox outbox_;
  base::Backoff backoff_;
  std::string failure_;  // the last one
  std::optional<base::Instant> away_since_;
  event::Timer pause_;
  base::Instant pause_end_;
  stream::Life life_;
  std::optional<base::Error> error_;  // that ends the sink

 private:
  void close_down();
  void give_up();

  base::Duration batch_time_;
  base::Duration drain_time_;
  codec::Reject on_reject_;
  std::uint64_t reported_safe_ = 0;
  event::Timer batch_;
  event::Timer drain_;
};

}  // namespace logsend
