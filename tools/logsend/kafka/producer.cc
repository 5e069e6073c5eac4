#include "tools/logsend/kafka/producer.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <utility>

#include "tools/logsend/kafka/record_encoder.h"

namespace logsend::kafka {
namespace {

constexpr std::size_t kMostTopics = 1000;
constexpr char kOriginHeader[] = "logpipe-origin";
constexpr char kIdHeader[] = "logpipe-id";

// What receipts stand on. The window is the outbox's, of which librdkafka has a part, so its own bounds are lifted.
constexpr std::array<std::pair<const char*, const char*>, 6> kOwn{{{"acks", "all"},
                                                                   {"enable.idempotence", "true"},
                                                                   {"message.timeout.ms", "0"},
                                                                   {"delivery.report.only.error", "false"},
                                                                   {"queue.buffering.max.messages", "0"},
                                                                   {"queue.buffering.max.kbytes", "2147483647"}}};

rd_kafka_vu_t pointer_to(rd_kafka_vtype_t type, std::string_view bytes) {
  rd_kafka_vu_t value{};
  value.vtype = type;
  // librdkafka takes what it only reads as void*.
  value.u.mem = {const_cast<char*>(bytes.data()), bytes.size()};  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  return value;
}

rd_kafka_vu_t header(const char* name, std::string_view text) {
  rd_kafka_vu_t value{};
  value.vtype = RD_KAFKA_VTYPE_HEADER;
  value.u.header = {name, text.data(), static_cast<ssize_t>(text.size())};
  return value;
}

}  // namespace

base::Result<std::unique_ptr<Producer>> Producer::create(event::Loop& loop, const ::kafka::Properties& properties,
                                                         std::string origin, Owner& owner, const base::Report& report) {
  ::kafka::Properties all = properties;
  for (const auto& [name, value] : kOwn) all.push_back({name, value});
  std::unique_ptr<Producer> producer(new Producer(std::move(origin), owner));
  producer->client_ = TRY(::kafka::Client::create(loop, ::kafka::Client::Role::producer, all,
                                                  static_cast<::kafka::Client::Owner&>(*producer), report));
  return producer;
}

Producer::~Producer() = default;

bool Producer::has_room_for(const std::string& topic) const {
  return topics_.size() < kMostTopics || topics_.contains(topic);
}

rd_kafka_topic_s* Producer::topic(const std::string& name) {
  const auto found = topics_.find(name);
  if (found != topics_.end()) return found->second.get();
  rd_kafka_topic_s* const topic = rd_kafka_topic_new(client_->native(), name.c_str(), nullptr);
  if (topic != nullptr) topics_.emplace(name, Topic(topic, &rd_kafka_topic_destroy));
  return topic;
}

Producer::Sent Producer::produce(const Load& load, std::size_t from, void* tag) {
  rd_kafka_topic_s* const into = topic(load.target);
  if (into == nullptr) return {.count = 0, .error = RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION};
  for (std::size_t i = from; i < load.count(); ++i)
    if (const int error = produce_one(into, load.parts[i], tag); error != 0) return {.count = i - from, .error = error};
  return {.count = load.count() - from, .error = 0};
}

int Producer::produce_one(rd_kafka_topic_s* topic, std::string_view part, void* tag) {
  const Record record = record_of(part);
  std::array<rd_kafka_vu_t, 7> values{};
  std::size_t count = 0;
  values[count].vtype = RD_KAFKA_VTYPE_RKT;
  values[count++].u.rkt = topic;
  values[count++] = pointer_to(RD_KAFKA_VTYPE_VALUE, record.value);
  values[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
  values[count++].u.ptr = tag;
  values[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  values[count++].u.i = 0;  // neither copied nor freed
  if (!record.key.empty()) values[count++] = pointer_to(RD_KAFKA_VTYPE_KEY, record.key);
  if (!origin_.empty() && !record.id.empty()) {
    values[count++] = header(kOriginHeader, origin_);
    values[count++] = header(kIdHeader, record.id);
  }
  rd_kafka_error_t* const error = rd_kafka_produceva(client_->native(), values.data(), count);
  if (error == nullptr) return 0;
  const int code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  return code;
}

bool Producer::is_full(int error) {
  return error == RD_KAFKA_RESP_ERR__QUEUE_FULL;
}

int Producer::purged_error() {
  return RD_KAFKA_RESP_ERR__PURGE_QUEUE;
}

void Producer::purge() {
  rd_kafka_purge(client_->native(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

void Producer::woken() {
  while (client_->next()) {
  }
  owner_.settled();
}

void Producer::happened(::kafka::NativeEvent* event) {
  if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_DR) return;
  deliveries_.clear();
  while (const rd_kafka_message_t* const message = rd_kafka_event_message_next(event))
    deliveries_.push_back(
        {.tag = message->_private, .value = static_cast<const char*>(message->payload), .error = message->err});
  owner_.delivered(deliveries_);
}

}  // namespace logsend::kafka
