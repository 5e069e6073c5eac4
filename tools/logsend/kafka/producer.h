// An idempotent producer: loads go to librdkafka, which waits for all replicas that are in sync, keeps the order within
// a partition, and reports each record. Nothing is copied: a load must stay as it is until all its records are
// reported, or the producer is gone.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/report.h"
#include "base/result.h"
#include "event/loop.h"
#include "kafka/client.h"
#include "kafka/properties.h"
#include "tools/logsend/outbox.h"

struct rd_kafka_topic_s;

namespace logsend::kafka {

// Of one record.
struct Delivery {
  void* tag;          // as it was given to produce()
  const char* value;  // where it stands in its load
  int error;          // 0: stored
};

class Producer final : private ::kafka::Client::Owner {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void delivered(std::span<const Delivery> deliveries) = 0;
    virtual void troubled(const ::kafka::Trouble& trouble) = 0;
    // After those, when there are no more: the producer may be destroyed here.
    virtual void settled() = 0;
  };

  // `origin` stands in each record's headers; empty: there are none. `owner` must outlive this.
  static base::Result<std::unique_ptr<Producer>> create(event::Loop& loop, const ::kafka::Properties& properties,
                                                        std::string origin, Owner& owner, const base::Report& report);
  ~Producer() override;

  // Each topic takes memory for as long as the producer lives.
  [[nodiscard]] bool has_room_for(const std::string& topic) const;

  // How many records went in, from record `from` on, and why the next one did not (0: all went).
  struct Sent {
    std::size_t count;
    int error;
  };
  Sent produce(const Load& load, std::size_t from, void* tag);
  // The error of produce() for which there will be room later.
  static bool is_full(int error);
  // The error of what purge() takes back.
  static int purged_error();

  // Reports what is not yet stored as failed, soon.
  void purge();
  [[nodiscard]] bool reached() const { return client_->reached(); }

 private:
  using Topic = std::unique_ptr<rd_kafka_topic_s, void (*)(rd_kafka_topic_s*)>;

  Producer(std::string origin, Owner& owner) : origin_(std::move(origin)), owner_(owner) {}
  void woken() override;
  void happened(::kafka::NativeEvent* event) override;
  void troubled(const ::kafka::Trouble& trouble) override { owner_.troubled(trouble); }
  [[nodiscard]] rd_kafka_topic_s* topic(const std::string& name);
  [[nodiscard]] int produce_one(rd_kafka_topic_s* topic, std::string_view part, void* tag);

  std::string origin_;
  Owner& owner_;
  std::vector<Delivery> deliveries_;
  std::unique_ptr<::kafka::Client> client_;
  std::map<std::string, Topic> topics_;  // go before the client
};

}  // namespace logsend::kafka
