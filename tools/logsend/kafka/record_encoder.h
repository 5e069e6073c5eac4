// From messages to records of Kafka: one part of an outbox for each, whose target is the topic. Passive.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/report.h"
#include "base/result.h"
#include "codec/template.h"
#include "rules/processor.h"
#include "stream/batch.h"
#include "tools/logsend/event_options.h"
#include "tools/logsend/outbox.h"

namespace logsend::kafka {

// A part of a load, taken apart. Valid as long as the load.
struct Record {
  std::string_view key;  // empty: none
  std::string_view id;   // of the message; empty: none
  std::string_view value;
};
Record record_of(std::string_view part);

class RecordEncoder {
 public:
  // `topic` and `key` are templates (codec/template.h); an empty key is none. `names_messages`: the stream has an
  // origin, so that ids mean something elsewhere. Kind::usage for a topic that no cluster can have.
  static base::Result<RecordEncoder> create(const EventOptions& options, const std::string& topic,
                                            const std::string& key, bool names_messages);

  // SIGHUP: the rules are read again.
  void reopen(const base::Report& report) {
    if (processor_) reread_rules(*processor_, report);
  }
  // A message whose topic's name is none is refused.
  void append(Outbox& outbox, const stream::Batch& batch, const base::Report& report);

 private:
  RecordEncoder(codec::Template topic, codec::Template key) : topic_(std::move(topic)), key_(std::move(key)) {}
  void put(Outbox& outbox, std::string_view id, std::string_view message, std::string_view text,
           const codec::Event& event);
  [[nodiscard]] std::string_view name_of(std::string_view id);

  codec::Template topic_;
  codec::Template key_;
  bool names_messages_ = false;
  std::unique_ptr<rules::Processor> processor_;  // null: messages go as they are
  std::string last_id_;
  std::uint64_t pieces_ = 0;  // messages without an id since then
  std::string topic_name_;
  std::string key_text_;
  std::string text_;
  std::string name_;
};

}  // namespace logsend::kafka
