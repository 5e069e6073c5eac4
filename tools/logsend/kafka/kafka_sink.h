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

#include "base/clock.h"
#include "base/report.h"
#include "base/units.h"
#include "event/loop.h"
#include "kafka/properties.h"
#include "tools/logsend/kafka/failure.h"
#include "tools/logsend/kafka/producer.h"
#include "tools/logsend/kafka/record_encoder.h"
#include "tools/logsend/outbox_sink.h"

namespace logsend::kafka {

struct SinkOptions : OutboxSinkOptions {
  std::string cluster;                                                 // for messages: the address
  std::string origin;                                                  // of the stream; empty: none
  std::function<base::Result<::kafka::Properties>()> read_properties;  // for each producer
};

class KafkaSink final : public OutboxSink, private Producer::Owner {
 public:
  // Starts to connect at once and does not wait for it. An error for properties that cannot be used.
  static base::Result<std::unique_ptr<KafkaSink>> open(event::Loop& loop, RecordEncoder encoder, SinkOptions options,
                                                       base::Report report);

  base::Result<void> write(const stream::Batch& batch) override;
  [[nodiscard]] std::string state() const override;
  base::Result<void> hurry() override;
  base::Result<void> reopen() override;

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

  // OutboxSink
  void send() override;
  void go_on() override { producer_ ? leave_when_empty() : try_to_connect(); }
  void closed_down() override;
  [[nodiscard]] std::string place() const override { return "send to " + options_.cluster; }
  [[nodiscard]] Words words() const override { return {.peer = "cluster", .done = "stored"}; }

  // Producer::Owner
  void delivered(std::span<const Delivery> deliveries) override;
  void troubled(const ::kafka::Trouble& trouble) override;
  void settled() override;

  base::Result<void> connect();
  void try_to_connect();
  void look();
  [[nodiscard]] bool may_fly(const Load& load) const;
  bool produce(Flight& flight);
  void land(Flights::iterator flight);
  void sort_out(Flight flight);
  void lose(Meaning meaning, const std::string& reason);
  void leave(base::Duration pause, bool at_once);
  void leave_when_empty();
  void warn();
  void succeeded();

  event::Loop& loop_;
  RecordEncoder encoder_;
  SinkOptions options_;
  base::Report report_;
  Flights flights_;
  std::uint64_t suspect_until_ = 0;                     // up to this message a refused batch is looked through
  bool leaving_ = false;                                // nothing more is sent by this producer
  base::Duration pause_time_ = base::Duration::zero();  // after it
  std::string hint_;                                    // what librdkafka said last of a broker
  std::string told_;                                    // the one that people know of
  bool closed_ = false;                                 // somebody has to mend it
  bool lost_ = false;                                   // records were given back since one was stored
  event::Timer look_;
  std::unique_ptr<Producer> producer_;  // none: a pause, or the end; goes before what it refers to
};

}  // namespace logsend::kafka
