#include "codec/amqp_event.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "codec/json_object.h"
#include "codec/json_string.h"
#include "codec/open_fields.h"
#include "codec/parse_forms.h"
#include "codec/render.h"

namespace codec {
namespace {

constexpr int kMostDepth = 16;
constexpr std::uint64_t kLatestSeconds = 253'402'300'799;  // the end of the year 9999

// The properties in their order, from the highest bit of the flags on (section 4.2.6.1). No name: known otherwise.
enum class PropertyType : std::uint8_t { text, table, octet, time };
struct Property {
  std::string_view name;
  PropertyType type;
};
constexpr std::array<Property, 14> kProperties{{{"content_type", PropertyType::text},
                                                {"content_encoding", PropertyType::text},
                                                {"headers", PropertyType::table},
                                                {"", PropertyType::octet},  // delivery mode
                                                {"priority", PropertyType::octet},
                                                {"correlation_id", PropertyType::text},
                                                {"reply_to", PropertyType::text},
                                                {"expiration", PropertyType::text},
                                                {"message_id", PropertyType::text},
                                                {"", PropertyType::time},
                                                {"type", PropertyType::text},
                                                {"user_id", PropertyType::text},
                                                {"app_id", PropertyType::text},
                                                {"cluster_id", PropertyType::text}}};

template <class Number>
void append_number(std::string& out, Number number) {
  if constexpr (std::is_floating_point_v<Number>)
    out += std::isfinite(number) ? JsonValue(static_cast<double>(number)).text() : "null";
  else
    out += std::to_string(number);
}

bool append_amqp_list(std::string& out, AmqpCursor list, int depth) {
  out += '[';
  for (bool first = true; !list.rest().empty(); first = false) {
    if (!first) out += ',';
    if (!append_amqp_value(out, list, depth)) return false;
  }
  out += ']';
  return true;
}

bool append_amqp_table(std::string& out, AmqpCursor table, int depth) {
  out += '{';
  for (bool first = true; !table.rest().empty(); first = false) {
    if (!first) out += ',';
    append_json_string(out, table.short_text());
    out += ':';
    if (!append_amqp_value(out, table, depth)) return false;
  }
  out += '}';
  return true;
}

}  // namespace

// The types are those of RabbitMQ's errata.
bool append_amqp_value(std::string& out, AmqpCursor& cursor, int depth) {
  if (depth > kMostDepth) return false;
  const char type = static_cast<char>(cursor.octet());
  if (!cursor.ok()) return false;
  switch (type) {
    case 't':
      out += cursor.octet() != 0 ? "true" : "false";
      break;
    case 'b':
      append_number(out, static_cast<std::int8_t>(cursor.octet()));
      break;
    case 'B':
      append_number(out, cursor.octet());
      break;
    case 's':
      append_number(out, static_cast<std::int16_t>(cursor.short_number()));
      break;
    case 'u':
      append_number(out, cursor.short_number());
      break;
    case 'I':
      append_number(out, static_cast<std::int32_t>(cursor.long_number()));
      break;
    case 'i':
      append_number(out, cursor.long_number());
      break;
    case 'l':
      append_number(out, static_cast<std::int64_t>(cursor.long_long_number()));
      break;
    case 'L':
    case 'T':
      append_number(out, cursor.long_long_number());
      break;
    case 'f':
      append_number(out, std::bit_cast<float>(cursor.long_number()));
      break;
    case 'd':
      append_number(out, std::bit_cast<double>(cursor.long_long_number()));
      break;
    case 'D': {  // digits behind the point, then all digits
      const unsigned scale = cursor.octet();
      append_number(out, static_cast<std::int32_t>(cursor.long_number()));
      if (scale > 0) out.append("e-").append(std::to_string(scale));
      break;
    }
    case 'S':
    case 'x':
      append_json_string(out, cursor.long_text());
      break;
    case 'A':
      return append_amqp_list(out, AmqpCursor(cursor.long_text()), depth + 1) && cursor.ok();
    case 'F':
      return append_amqp_table(out, AmqpCursor(cursor.table()), depth + 1) && cursor.ok();
    case 'V':
      out += "null";
      break;
    default:
      return false;
  }
  return cursor.ok();
}

bool AmqpEvent::begin(const AmqpDelivery& delivery, std::string_view properties) {
  *this = AmqpEvent();
  add("exchange", delivery.exchange);
  add("routing_key", delivery.routing_key);
  if (delivery.redelivered) members_ += ",\"redelivered\":true";
  AmqpCursor cursor(properties);
  const unsigned flags = cursor.short_number();
  for (unsigned bit = 0; bit < kProperties.size(); ++bit)
    if ((flags >> (15 - bit) & 1) != 0 && !take(cursor, bit)) return false;
  return cursor.ok() && (flags & 3) == 0;
}

bool AmqpEvent::take(AmqpCursor& cursor, unsigned bit) {
  const Property& property = kProperties[bit];
  switch (property.type) {
    case PropertyType::table:
      return take_headers(AmqpCursor(cursor.table())) && cursor.ok();
    case PropertyType::octet: {
      const unsigned number = cursor.octet();
      if (!property.name.empty() && cursor.ok())
        members_.append(",\"").append(property.name).append("\":").append(std::to_string(number));
      return cursor.ok();
    }
    case PropertyType::time: {
      const std::uint64_t seconds = cursor.long_long_number();
      if (cursor.ok() && seconds <= kLatestSeconds)
        timestamp_ = Timestamp{.seconds = static_cast<std::int64_t>(seconds)};
      return cursor.ok();
    }
    case PropertyType::text:
      break;
  }
  const std::string_view text = cursor.short_text();
  if (!cursor.ok()) return false;
  if (property.name == "content_type") content_type_ = text;
  if (property.name == "app_id")
    appname_ = text;
  else
    add(property.name, text);
  return true;
}

bool AmqpEvent::take_headers(AmqpCursor headers) {
  std::string others;
  bool good = true;
  while (good && !headers.rest().empty()) {
    const std::string_view name = headers.short_text();
    AmqpCursor text = headers;
    if (text.octet() == 'S' && take_field(name, text.long_text()) && text.ok()) {
      headers = text;
      continue;
    }
    std::string value;
    good = append_amqp_value(value, headers);
    if (!good) break;
    others += others.empty() ? '{' : ',';
    append_json_string(others, name);
    others.append(":").append(value);
  }
  if (!others.empty()) members_.append(",\"headers\":").append(others).append("}");
  return good;
}

// False: it is a header like any other.
bool AmqpEvent::take_field(std::string_view name, std::string_view text) {
  if (name == "facility") facility_ = facility_named(text);
  if (name == "severity") severity_ = severity_named(text);
  if (name == "hostname") hostname_ = text;
  return (name == "facility" && facility_) || (name == "severity" && severity_) || (name == "hostname");
}

void AmqpEvent::add(std::string_view name, std::string_view text) {
  members_.append(",\"").append(name).append("\":");
  append_json_string(members_, text);
}

void AmqpEvent::append_json(std::string& out, std::string_view body) const {
  Event event;
  if (content_type_ != "application/json" || !parse_json(body, event)) {
    event = Event();
    event.message = body;
  }
  Event known;
  known.hostname = hostname_;
  known.appname = appname_;
  known.facility = facility_;
  known.severity = severity_;
  known.timestamp = timestamp_;
  fill_missing(event, known);
  set_open_field_json(event, "amqp", "{" + members_.substr(1) + "}");
  codec::append_json(out, event);
}

}  // namespace codec
