// Messages of topics of a Kafka cluster, as a member of a consumer group: each record's value is a message.
//
// An offset is committed when all messages before it in its partition are safe, so every message arrives at least once.
// It arrives again when a partition is taken away by a rebalance, or the process is killed, between the message and
// the commit. While the sink is full nothing is taken from librdkafka, which fetches no more than its own queue holds;
// when that lasts, the partitions are paused, so that the group still sees this member alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/report.h"
#include "base/result.h"
#include "base/units.h"
#include "event/loop.h"
#include "kafka/client.h"
#include "kafka/properties.h"
#include "stream/batch.h"
#include "stream/flow.h"
#include "tools/logcat/kafka/offsets.h"

struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;

namespace logcat::kafka {

using NativeMessage = struct rd_kafka_message_s;

struct SourceOptions {
  std::string cluster;              // for messages: the address
  std::vector<std::string> topics;  // one at least; those that start with '^' are regular expressions
  std::string consumer;             // the group
  bool at_newest = false;           // where the group has nothing committed
  std::optional<base::WallTime> since = {};
  std::size_t max_message = 1 << 20;
};

class KafkaSource final : public stream::Source, private ::kafka::Client::Owner {
 public:
  static base::Result<std::unique_ptr<KafkaSource>> open(event::Loop& loop, const ::kafka::Properties& properties,
                                                         SourceOptions options, base::Report report);
  // Leaves the group, for which it waits a few seconds at most.
  ~KafkaSource() override;

  base::Result<stream::Next> read(stream::Batch& batch, std::size_t limit) override;
  base::Result<void> acknowledge(std::uint64_t count) override;
  base::Result<bool> flush_receipts() override;
  void set_sink_full_since(std::optional<base::Instant> since) override;
  void stop() override { stopped_ = true; }
  [[nodiscard]] std::string state() const override;

 private:
  using List = std::unique_ptr<rd_kafka_topic_partition_list_s, void (*)(rd_kafka_topic_partition_list_s*)>;

  KafkaSource(event::Loop& loop, SourceOptions options, base::Report report);

  // Client::Owner
  void woken() override;
  void happened(::kafka::NativeEvent* event) override;
  void troubled(const ::kafka::Trouble& trouble) override;

  base::Result<void> subscribe();
  void take(::kafka::NativeEvent* event);
  void take_value(std::string_view value, std::int64_t offset);
  [[nodiscard]] bool is_too_old(const NativeMessage& message) const;
  void rebalance(::kafka::NativeEvent* event);
  void commit();
  void take_commit(::kafka::NativeEvent* event);
  void pause(bool on);
  void warn(const std::string& reason);
  [[nodiscard]] static List list_of(const std::vector<Place>& places);

  SourceOptions options_;
  base::Report report_;
  Offsets offsets_;
  Place place_;                    // of the message that is taken; kept for its capacity
  stream::Batch* into_ = nullptr;  // while read() runs
  stream::Batch staged_;           // what came else
  bool paused_ = false;
  bool stopped_ = false;
  std::string hint_;  // what librdkafka said last of a broker
  std::string told_;  // what people know of
  std::optional<base::Error> error_;
  event::Timer commit_;
  event::Timer full_;
  std::unique_ptr<::kafka::Client> client_;  // last: goes before what it refers to
};

}  // namespace logcat::kafka
