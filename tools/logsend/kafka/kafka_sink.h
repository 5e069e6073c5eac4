// Messages to a Kafka cluster: kafka:// and kafkas://, into topics.
//
// Strength `peer`: a message is safe when all replicas in sync have its record (acks=all), which the delivery report
// says. librdkafka reconnects, sends again without repetition, and keeps the order within a partition. When it gives
// records back, all that is not stored is taken back from it, and after a pause (base/backoff.h) sent once more, in
// order, by a new producer. Brokers refuse batches of records: the guilty record is found by sending halves, one at a
// time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/report.h"
#include "base/units.h"
#include "codec/rejection.h"
#include "event/loop.h"
#include "kafka/properties.h"
#include "stream/life.h"
#include "tools/logsend/kafka/failure.h"
#include "tools/logsend/kafka/producer.h"
#include "tools/logsend/kafka/record_encoder.h"
#include "tools/logsend/outbox.h"
#include "tools/logsend/rejecting_sink.h"

namespace logsend::kafka {

struct SinkOptions {
  std::string cluster;  // for messages: the address
  std::string origin;   // of the stream; empty: none
  OutboxLimits outbox = {};
  base::Duration drain_time = std::chrono::seconds(10);
  std::uint64_t seed = 0;
  codec::Reject on_reject = {};                                        // none: a rejected message is an error
  std::function<base::Result<::kafka::Properties>()> read_properties;  // for each producer
};

class KafkaSink final : public RejectingSink, private Producer::Owner {
 public:
  // Starts to connect at once and does not wait for it. An error for properties that cannot be used.
  static base::Result<std::unique_ptr<KafkaSink>> open(event::Loop& loop, RecordEncoder encoder, SinkOptions options,
                                                       base::Report report);

  [[nodiscard]] std::size_t room() const override { return outbox_.room(); }
  base::Result<void> write(const stream::Batch& batch) override;
  base::Result<void> flush() override;
  base::Result<void> finish() override;
  [[nodiscard]] std::uint64_t safe() const override { return outbox_.safe(); }
  [[nodiscard]] bool finished() const override { return life_.is_finished(); }
  [[nodiscard]] std::string state() const override;
  [[nodiscard]] std::optional<base::Instant> away_since() const override { return away_since_; }
  base::Result<void> hurry() override;
  base::Result<void> reopen() override;
  void settle(std::uint64_t number) override;

 private:
  // A load that librdkafka has.
  struct Flight {
    std::unique_ptr<Load> load;
    bool alone;            // nothing else was sent meanwhile
    std::size_t sent = 0;  // records that went in, or failed at once
    std::size_t open = 0;  // of those, not yet reported
    std::vector<std::pair<std::size_t, int>> failed = {};
    bool at_once = false;  // the last of those failed before it went in
  };
  using Flights = std::list<Flight>;

  KafkaSink(event::Loop& loop, RecordEncoder encoder, SinkOptions options, base::Report report);

  // Producer::Owner
  void delivered(std::span<const Delivery> deliveries) override;
  void troubled(const ::kafka::Trouble& trouble) override;
  void settled() override;

  base::Result<void> connect();
  void try_to_connect();
  void look();
  void send();
  [[nodiscard]] std::unique_ptr<Load> next_load();
  [[nodiscard]] bool may_fly(const Load& load) const;
  bool produce(Flight& flight);
  void land(Flights::iterator flight);
  void sort_out(Flight flight);
  void reject(const Load& load);
  void lose(Meaning meaning, const std::string& reason);
  void leave(base::Duration pause, bool at_once);
  void leave_when_empty();
  void warn();
  void succeeded();
  void progressed();
  void close_down();
  void give_up();
  [[nodiscard]] std::size_t waiting() const { return outbox_.waiting(); }
  [[nodiscard]] std::string place() const { return "send to " + options_.cluster; }

  event::Loop& loop_;
  RecordEncoder encoder_;
  SinkOptions options_;
  base::Report report_;
  Outbox outbox_;
  base::Backoff backoff_;
  Flights flights_;
  std::uint64_t suspect_until_ = 0;                     // up to this message a refused batch is looked through
  bool leaving_ = false;                                // nothing more is sent by this producer
  base::Duration pause_time_ = base::Duration::zero();  // after it
  std::string hint_;                                    // what librdkafka said last of a broker
  std::string failure_;                                 // the last one
  std::string told_;                                    // the one that people know of
  bool closed_ = false;                                 // somebody has to mend it
  bool lost_ = false;                                   // records were given back since one was stored
  std::uint64_t reported_safe_ = 0;
  std::optional<base::Instant> away_since_;
  event::Timer pause_;
  base::Instant pause_end_;
  event::Timer look_;
  event::Timer drain_;
  stream::Life life_;
  std::optional<base::Error> error_;
  std::unique_ptr<Producer> producer_;  // none: a pause, or the end; goes before what it refers to
};

}  // namespace logsend::kafka
