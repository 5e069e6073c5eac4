// The source that consumes a queue of a server of AMQP 0-9-1, as RabbitMQ: amqp://, and amqps:// with a TLS context.
//
// A message is acknowledged there when the sink has made it safe. After a lost connection the server delivers again
// what was not acknowledged, so that every message arrives at least once. A long one is cut into several, and
// acknowledged with the last of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/report.h"
#include "codec/amqp_consumer.h"
#include "codec/amqp_event.h"
#include "event/loop.h"
#include "net/amqp_link.h"
#include "net/listening_source.h"
#include "net/throttle.h"
#include "stream/frame.h"
#include "tools/logcat/staged.h"

namespace logcat {

struct AmqpSourceOptions {
  net::AmqpOptions link;  // without the requests that begin to consume
  std::uint16_t prefetch = 2000;
  std::size_t max_message = stream::kDefaultMaxMessage;
  bool add_properties = false;  // messages are JSON events with their properties
};

// While the sink is full nothing is received, and the server keeps what its sockets do not take.
class AmqpSource final : public net::ListeningSource, private net::AmqpLink::Owner {
 public:
  // Connects to the first of `addresses` that answers; starts at once and does not wait for it.
  static std::unique_ptr<AmqpSource> open(event::Loop& loop, std::vector<net::AmqpAddress> addresses,
                                          AmqpSourceOptions options, base::Report report);

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  base::Result<bool> flush_receipts() override;
  void stop() override;
  base::Result<void> reopen() override;
  [[nodiscard]] std::string state() const override;

  const net::Peer* peer(std::uint64_t) override { return nullptr; }
  // The server discards the message, or gives it to the queue's dead letter exchange. Always false: whoever published
  // it is not told.
  bool reject(std::uint64_t position, std::string_view reason) override;
  [[nodiscard]] std::vector<std::string> addresses() const override { return {}; }

 private:
  AmqpSource(event::Loop& loop, std::vector<net::AmqpAddress> addresses, AmqpSourceOptions options,
             base::Report report);

  // net::AmqpLink::Owner
  base::Result<void> opened() override;
  base::Result<void> heard(codec::AmqpMethod method, codec::AmqpCursor arguments) override;
  base::Result<void> content(codec::AmqpMethod method, codec::AmqpCursor arguments, std::string_view properties,
                             std::uint64_t size) override;
  base::Result<void> body(std::string_view piece) override;
  void progressed() override;
  void lost(const codec::AmqpClosure* closure) override;
  void left() override { left_ = true; }
  void failed(const base::Error& error) override { error_ = error; }
  [[nodiscard]] std::size_t waiting() const override { return 0; }

  void give_piece(std::string_view piece);
  void complete(std::string_view rest);
  void report_split();

  AmqpSourceOptions options_;
  net::Throttle throttle_;
  Staged staged_;
  std::uint64_t taken_ = 0;  // messages, of which `given_` were read
  std::uint64_t given_ = 0;
  codec::AmqpConsumer consumer_;
  // The delivery that is coming.
  std::uint64_t tag_ = 0;
  std::uint64_t body_left_ = 0;
  std::string body_;
  codec::AmqpEvent event_;
  std::string text_;         // kept for its capacity
  std::uint64_t split_ = 0;  // deliveries, of which people are not yet told
  bool cut_ = false;         // this one is among them
  bool stopped_ = false;
  bool left_ = false;
  std::optional<base::Error> error_;
  net::AmqpLink link_;
};

}  // namespace logcat
