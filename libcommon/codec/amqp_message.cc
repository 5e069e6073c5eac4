#include "codec/amqp_message.h"

#include <algorithm>

#include "codec/amqp_session.h"

namespace codec {
namespace {

// The flags of the properties, from the first that there is.
constexpr unsigned kAmqpContentType = 1 << 15;
constexpr unsigned kAmqpContentEncoding = 1 << 14;
constexpr unsigned kAmqpHeaders = 1 << 13;
constexpr unsigned kAmqpDeliveryMode = 1 << 12;
constexpr unsigned kAmqpPriority = 1 << 11;
constexpr unsigned kAmqpCorrelationId = 1 << 10;
constexpr unsigned kAmqpReplyTo = 1 << 9;
constexpr unsigned kAmqpExpiration = 1 << 8;
constexpr unsigned kAmqpMessageId = 1 << 7;
constexpr unsigned kAmqpTimestamp = 1 << 6;
constexpr unsigned kAmqpAppId = 1 << 3;

constexpr unsigned char kAmqpPersistent = 2;
constexpr unsigned char kAmqpMandatory = 1;
constexpr std::size_t kAmqpMaxHeaderValue = 512;  // so that all of them fit into the smallest frame

}  // namespace

void append_amqp_properties(std::string& out, const AmqpProperties& properties) {
  unsigned flags = kAmqpDeliveryMode;
  if (!properties.content_type.empty()) flags |= kAmqpContentType;
  if (!properties.headers.empty()) flags |= kAmqpHeaders;
  if (!properties.message_id.empty()) flags |= kAmqpMessageId;
  if (properties.timestamp) flags |= kAmqpTimestamp;
  if (!properties.app_id.empty()) flags |= kAmqpAppId;
  append_amqp_number(out, flags, 2);
  if (!properties.content_type.empty()) append_amqp_short(out, properties.content_type);
  if (!properties.headers.empty()) {
    AmqpTable headers(out);
    for (const auto& [name, value] : properties.headers) headers.add(name, value.substr(0, kAmqpMaxHeaderValue));
  }
  append_amqp_number(out, kAmqpPersistent, 1);
  if (!properties.message_id.empty()) append_amqp_short(out, properties.message_id);
  if (properties.timestamp) append_amqp_number(out, *properties.timestamp, 8);
  if (!properties.app_id.empty()) append_amqp_short(out, properties.app_id);
}

std::string_view amqp_message_id(std::string_view properties) {
  AmqpCursor cursor(properties);
  const unsigned flags = cursor.short_number();
  if ((flags & kAmqpMessageId) == 0) return {};
  if ((flags & kAmqpContentType) != 0) cursor.short_text();
  if ((flags & kAmqpContentEncoding) != 0) cursor.short_text();
  if ((flags & kAmqpHeaders) != 0) cursor.table();
  if ((flags & kAmqpDeliveryMode) != 0) cursor.octet();
  if ((flags & kAmqpPriority) != 0) cursor.octet();
  for (const unsigned text : {kAmqpCorrelationId, kAmqpReplyTo, kAmqpExpiration})
    if ((flags & text) != 0) cursor.short_text();
  return cursor.short_text();
}

void append_amqp_record(std::string& out, const AmqpRecord& record) {
  append_amqp_short(out, record.exchange);
  append_amqp_short(out, record.routing_key);
  append_amqp_long(out, record.properties);
  append_amqp_number(out, record.rewritten ? 1 : 0, 1);
  append_amqp_long(out, record.body);
  if (record.rewritten) out += record.original;
}

AmqpRecord read_amqp_record(std::string_view bytes) {
  AmqpCursor cursor(bytes);
  AmqpRecord record;
  record.exchange = cursor.short_text();
  record.routing_key = cursor.short_text();
  record.properties = cursor.long_text();
  record.rewritten = cursor.octet() != 0;
  record.body = cursor.long_text();
  record.original = cursor.rest();
  return record;
}

void append_amqp_publish(std::string& out, const AmqpRecord& record, std::size_t max_frame) {
  {
    const AmqpFrameWriter frame(out, AmqpFrameType::method, kAmqpChannel);
    append_amqp_number(out, static_cast<std::uint32_t>(AmqpMethod::basic_publish), 4);
    append_amqp_number(out, 0, 2);
    append_amqp_short(out, record.exchange);
    append_amqp_short(out, record.routing_key);
    append_amqp_number(out, kAmqpMandatory, 1);
  }
  {
    const AmqpFrameWriter frame(out, AmqpFrameType::header, kAmqpChannel);
    append_amqp_number(out, std::uint64_t{60} << 16, 4);  // class "basic", weight
    append_amqp_number(out, record.body.size(), 8);
    out += record.properties;
  }
  const std::size_t most = max_frame - kAmqpFrameExtra;
  for (std::string_view rest = record.body; !rest.empty(); rest.remove_prefix(std::min(most, rest.size()))) {
    const AmqpFrameWriter frame(out, AmqpFrameType::body, kAmqpChannel);
    out += rest.substr(0, most);
  }
}

}  // namespace codec
