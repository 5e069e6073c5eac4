// A message of AMQP 0-9-1 with its properties, and as it is kept until it is published. Passive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/amqp_wire.h"

namespace codec {

// Those that are used here; empty: the message has none. Delivery mode 2, persistent, comes always. Views.
struct AmqpProperties {
  std::string_view content_type = {};
  std::vector<std::pair<std::string_view, std::string_view>> headers = {};
  std::string_view message_id = {};
  std::optional<std::uint64_t> timestamp = {};  // seconds since 1970
  std::string_view app_id = {};
};

// The flags of section 4.2.6.1 and the properties. Longer texts are cut to what one can have.
void append_amqp_properties(std::string& out, const AmqpProperties& properties);

// Of properties as they are on the wire; empty: there is none.
std::string_view amqp_message_id(std::string_view properties);

// What is to be published, as one byte string. `original` is the message as it came where `body` is another text.
struct AmqpRecord {
  std::string_view exchange = {};
  std::string_view routing_key = {};
  std::string_view properties = {};  // as on the wire
  std::string_view body = {};
  std::string_view original = {};
  bool rewritten = false;  // there is an original

  [[nodiscard]] std::string_view as_it_came() const { return rewritten ? original : body; }
};

void append_amqp_record(std::string& out, const AmqpRecord& record);
AmqpRecord read_amqp_record(std::string_view bytes);

// basic.publish (mandatory), the header and the body, in frames of at most `max_frame` bytes.
void append_amqp_publish(std::string& out, const AmqpRecord& record, std::size_t max_frame);

}  // namespace codec
