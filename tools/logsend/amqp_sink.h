// Messages to a server of AMQP 0-9-1, as RabbitMQ: amqp://, and amqps:// with a TLS context.
//
// Strength `peer`: a message is safe when the server has confirmed it, which for a durable queue means that it is on
// disk. Messages wait in a bounded window; after a lost connection those that are not confirmed are published again, in
// order, so that consumers may see some twice, with the same message id. What the server refuses for now (basic.nack:
// a queue is full) is published again after a pause (base/backoff.h). What it cannot route or never takes is rejected.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/report.h"
#include "codec/amqp_publisher.h"
#include "codec/rejection.h"
#include "event/loop.h"
#include "net/amqp_link.h"
#include "stream/life.h"
#include "tools/logsend/amqp_encoder.h"
#include "tools/logsend/rejecting_sink.h"

namespace logsend {

struct AmqpSinkOptions {
  net::AmqpOptions link;
  base::Duration drain_time = std::chrono::seconds(10);
  base::Bytes window{8 << 20};
  std::size_t window_messages = 65536;
  codec::Reject on_reject = {};  // none: a rejected message is an error
};

class AmqpSink final : public RejectingSink, private net::AmqpLink::Owner {
 public:
  // Connects to the first of `addresses` that answers; starts at once and does not wait for it.
  static std::unique_ptr<AmqpSink> open(event::Loop& loop, std::vector<net::AmqpAddress> addresses, AmqpEncoder encoder,
                                        AmqpSinkOptions options, base::Report report);

  [[nodiscard]] std::size_t room() const override;
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return publisher_.backlog().safe(); }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Instant> away_since() const override { return link_.away_since(); }
  base::Result<void> hurry() override;
  base::Result<void> reopen() override;
  void settle(std::uint64_t number) override;

 private:
  AmqpSink(event::Loop& loop, std::vector<net::AmqpAddress> addresses, AmqpEncoder encoder, AmqpSinkOptions options,
           base::Report report);

  // net::AmqpLink::Owner
  base::Result<void> opened() override;
  base::Result<void> heard(codec::AmqpMethod method, codec::AmqpCursor arguments) override;
  base::Result<void> content(codec::AmqpMethod method, codec::AmqpCursor arguments, std::string_view properties,
                             std::uint64_t size) override;
  base::Result<void> body(std::string_view) override { return {}; }
  void progressed() override;
  void lost(const codec::AmqpClosure* closure) override;
  void left() override;
  void failed(const base::Error& error) override;
  [[nodiscard]] std::size_t waiting() const override { return publisher_.backlog().waiting(); }

  base::Result<codec::Settlement> rejected(const codec::Rejection& rejection);
  void publish();
  void wait_for_room();
  void again();
  void settled();
  void close_down();
  void end();
  void give_up();

  AmqpSinkOptions options_;
  base::Report report_;
  AmqpEncoder encoder_;
  stream::Batch records_;  // kept for its capacity
  codec::AmqpPublisher publisher_;
  base::Backoff backoff_;
  net::AmqpLink link_;
  event::Timer again_;
  event::Timer drain_;
  bool full_ = false;  // people know that messages are refused for now
  std::uint64_t reported_safe_ = 0;
  stream::Life life_;
  std::optional<base::Error> error_;
};

}  // namespace logsend
