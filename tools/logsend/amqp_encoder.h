// From messages to what is published: records (codec/amqp_message.h) with their exchange, routing key and properties.
// Passive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/report.h"
#include "base/result.h"
#include "codec/amqp_message.h"
#include "codec/template.h"
#include "net/amqp_address.h"
#include "rules/processor.h"
#include "stream/batch.h"
#include "tools/logsend/event_options.h"

namespace logsend {

class AmqpEncoder {
 public:
  // `origin` is the stream's, or empty: then `nonce`, which differs from process to process, stands for it in the ids
  // of messages. Kind::usage where the address does not say where messages go. `keeps_originals`: see AmqpRecord.
  static base::Result<AmqpEncoder> create(const EventOptions& options, const net::AmqpAddress& address,
                                          const std::string& origin, std::uint64_t nonce, bool keeps_originals);

  // SIGHUP: the rules are read again.
  void reopen(const base::Report& report) { reread_rules(*processor_, report); }
  // One record for each message, in order; an empty one for those that are left out.
  void append(stream::Batch& records, const stream::Batch& batch, const base::Report& report);

 private:
  void append_record(std::string_view id, std::string_view message, const codec::Event& event);
  void name(std::string_view id);
  void describe(const codec::Event& event);

  std::unique_ptr<rules::Processor> processor_;
  codec::Template exchange_;
  codec::Template key_;
  bool formats_ = false;  // the body is what --format says
  bool keeps_originals_ = false;
  std::string_view content_type_;
  std::string stream_;  // the origin, or what stands for it
  std::string last_id_;
  std::uint64_t pieces_ = 0;  // messages without an id since then
  std::uint64_t received_ = 0;
  codec::AmqpProperties properties_;
  std::string message_id_;
  std::string record_;  // these are kept for their capacity
  std::string exchange_text_;
  std::string key_text_;
  std::string properties_bytes_;
  std::string text_;
};

}  // namespace logsend
