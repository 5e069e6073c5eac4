// The sink of `logredis ack`: receipts, one per message, carried out in the server. A receipt is repeated after a lost
// connection, for twice acknowledged is once acknowledged.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "event/loop.h"
#include "redis/session.h"
#include "stream/flow.h"
#include "stream/life.h"
#include "tools/logredis/queue/id.h"
#include "tools/logredis/queue/keys.h"

namespace logredis {

struct AckSinkOptions {
  Keys keys;
  std::string consumer;
  bool stream = false;  // the layout
  bool each = false;    // an id stands for itself only
  bool trim = true;     // delete what all have acknowledged; of a stream
};

class AckSink final : public stream::Sink {
 public:
  AckSink(event::Loop& loop, std::unique_ptr<redis::Session> session, AckSinkOptions options);
  ~AckSink() override;

  [[nodiscard]] std::size_t room() const override;
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return safe_; }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::string state() const override { return session_->state(); }

 private:
  // One call of a script, and how many messages are safe when it has succeeded.
  struct Job {
    std::uint64_t claim = 0;  // of a list
    std::vector<std::string> args;
    std::uint64_t messages = 0;
  };

  void add(const std::vector<IdRange>& ranges);
  void add_to_list(const std::vector<IdRange>& ranges);
  void add_to_stream(const std::vector<IdRange>& ranges);
  void trim();
  void send();
  void answered(const redis::Reply& reply);

  std::unique_ptr<redis::Session> session_;
  AckSinkOptions options_;
  std::string hole_;
  std::deque<Job> jobs_;
  event::Timer trim_soon_;
  bool sending_ = false;
  stream::Life life_;
  std::uint64_t safe_ = 0;
  std::optional<base::Error> failure_;
};

}  // namespace logredis
