// A message of AMQP 0-9-1 with its properties as an event. Passive.
//
// What `logsend` writes as properties becomes the event's own fields again: hostname, facility and severity (headers),
// appname (app-id), and timestamp. What else there is becomes members of the open field "amqp".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/amqp_consumer.h"
#include "codec/amqp_wire.h"
#include "codec/event.h"

namespace codec {

// Appends the value at the cursor, of which a type comes first, as JSON. False: it is no value, or lists and tables are
// nested too deeply.
bool append_amqp_value(std::string& out, AmqpCursor& cursor, int depth = 0);

class AmqpEvent {
 public:
  // Of the message whose body comes next; `properties` as they are on the wire. All is copied. False: they make no
  // sense, and what of them was understood counts.
  bool begin(const AmqpDelivery& delivery, std::string_view properties);

  // An event with `body` as its message. A body that says of itself that it is JSON, and is an object, is an event
  // already: it lacks what the properties have, and has the rest of them beside its own fields.
  void append_json(std::string& out, std::string_view body) const;

 private:
  bool take(AmqpCursor& cursor, unsigned bit);
  bool take_headers(AmqpCursor headers);
  bool take_field(std::string_view name, std::string_view text);
  void add(std::string_view name, std::string_view text);

  std::string content_type_;
  std::string hostname_;
  std::string appname_;
  std::optional<std::uint8_t> facility_;
  std::optional<std::uint8_t> severity_;
  std::optional<Timestamp> timestamp_;
  std::string members_;  // of "amqp", each with a comma before it
};

}  // namespace codec
