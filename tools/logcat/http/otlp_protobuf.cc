// https://github.com/open-telemetry/opentelemetry-proto: collector/logs/v1, logs/v1, common/v1, resource/v1.
#include <bit>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/ascii.h"
#include "codec/base64.h"
#include "codec/json_string.h"
#include "codec/protobuf.h"
#include "tools/logcat/http/log_record.h"

namespace logcat {
namespace {

using codec::ProtobufReader;

bool append_value(std::string& json, std::string_view any_value, unsigned depth);

void append_double(std::string& json, double value) {
  if (std::isnan(value)) {
    json += "\"NaN\"";
  } else if (std::isinf(value)) {
    json += value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  } else {
    char digits[32];
    json.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
}

// The name and the value of a KeyValue.
struct Pair {
  std::string_view key;
  std::string_view value;

  bool read(std::string_view bytes) {
    ProtobufReader fields(bytes);
    while (fields.next()) {
      if (fields.is_bytes(1)) key = fields.bytes();
      if (fields.is_bytes(2)) value = fields.bytes();
    }
    return fields.complete();
  }
};

void begin_member(std::string& object) {
  object += object.empty() ? '{' : ',';
}

// Of an object that begins with its first member.
bool append_pair(std::string& object, std::string_view bytes, unsigned depth) {
  Pair pair;
  if (!pair.read(bytes)) return false;
  begin_member(object);
  if (!codec::append_json_string(object, pair.key)) return false;
  object += ':';
  return append_value(object, pair.value, depth);
}

bool append_array(std::string& json, std::string_view bytes, unsigned depth) {
  ProtobufReader fields(bytes);
  bool first = true;
  json += '[';
  while (fields.next()) {
    if (!fields.is_bytes(1)) continue;
    if (!std::exchange(first, false)) json += ',';
    if (!append_value(json, fields.bytes(), depth)) return false;
  }
  json += ']';
  return fields.complete();
}

bool append_object(std::string& json, std::string_view bytes, unsigned depth) {
  ProtobufReader fields(bytes);
  std::string object;
  while (fields.next()) {
    if (fields.is_bytes(1) && !append_pair(object, fields.bytes(), depth)) return false;
  }
  json += object.empty() ? "{" : object;
  json += '}';
  return fields.complete();
}

bool append_one(std::string& json, const ProtobufReader& field, unsigned depth) {
  if (field.is_bytes(1)) return codec::append_json_string(json, field.bytes());
  if (field.is_bytes(5)) return append_array(json, field.bytes(), depth + 1);
  if (field.is_bytes(6)) return append_object(json, field.bytes(), depth + 1);
  if (field.is_varint(2)) json += field.number() != 0 ? "true" : "false";
  if (field.is_varint(3)) json += std::to_string(static_cast<std::int64_t>(field.number()));
  if (field.is_fixed64(4)) append_double(json, std::bit_cast<double>(field.number()));
  if (!field.is_bytes(7)) return true;
  json += '"';
  codec::append_base64(json, field.bytes());
  json += '"';
  return true;
}

// One of several kinds of values, of which the last counts; null: there is none.
bool append_value(std::string& json, std::string_view any_value, unsigned depth) {
  if (depth > kDeepestValue) return false;
  const std::size_t start = json.size();
  ProtobufReader fields(any_value);
  while (fields.next()) {
    std::string value;
    if (!append_one(value, fields, depth)) return false;
    if (!value.empty()) json.replace(start, json.npos, value);
  }
  if (json.size() == start) json += "null";
  return fields.complete();
}

bool take_text(std::string& text, std::string_view bytes) {
  std::string quoted;
  text = bytes;
  return codec::append_json_string(quoted, bytes);
}

constexpr std::uint32_t kString = 1;
constexpr std::uint32_t kBytes = 7;

// What an AnyValue is, if it is of that kind.
std::optional<std::string_view> value_in(std::string_view any_value, std::uint32_t kind) {
  std::optional<std::string_view> value;
  ProtobufReader fields(any_value);
  while (fields.next()) {
    value.reset();
    if (fields.is_bytes(kind)) value = fields.bytes();
  }
  return fields.complete() ? value : std::nullopt;
}

// A string or bytes as they are, an object and all else in JSON, and nothing for no value.
bool read_body(LogRecord& record, std::string_view any_value) {
  record.body.clear();
  record.body_is_object = false;
  auto text = value_in(any_value, kString);
  if (!text) text = value_in(any_value, kBytes);
  if (text) {
    record.body = *text;
    return true;
  }
  if (!append_value(record.body, any_value, 1)) return false;
  if (record.body == "null") record.body.clear();
  record.body_is_object = record.body.starts_with('{');
  return true;
}

bool read_field(LogRecord& record, const ProtobufReader& field) {
  if (field.is_fixed64(1)) record.time = field.number();
  if (field.is_fixed64(11)) record.observed_time = field.number();
  if (field.is_varint(2)) record.severity_number = field.number();
  if (field.is_varint(7)) record.dropped_attributes = field.number();
  if (field.is_fixed32(8)) record.flags = field.number();
  if (field.is_bytes(9)) record.trace_id = base::hexadecimal(field.bytes());
  if (field.is_bytes(10)) record.span_id = base::hexadecimal(field.bytes());
  if (field.is_bytes(3)) return take_text(record.severity_text, field.bytes());
  if (field.is_bytes(12)) return take_text(record.event_name, field.bytes());
  if (field.is_bytes(5)) return read_body(record, field.bytes());
  return !field.is_bytes(6) || append_pair(record.attributes, field.bytes(), 1);
}

bool read_record(LogRecord& record, std::string_view bytes) {
  ProtobufReader fields(bytes);
  while (fields.next()) {
    if (!read_field(record, fields)) return false;
  }
  if (!record.attributes.empty()) record.attributes += '}';
  return fields.complete();
}

bool read_resource(RecordOrigin& origin, std::string_view bytes) {
  ProtobufReader fields(bytes);
  while (fields.next()) {
    if (!fields.is_bytes(1)) continue;
    if (!append_pair(origin.resource, fields.bytes(), 1)) return false;
    Pair pair;
    pair.read(fields.bytes());
    if (pair.key == "host.name") origin.hostname = value_in(pair.value, kString).value_or("");
    if (pair.key == "service.name") origin.appname = value_in(pair.value, kString).value_or("");
  }
  if (!origin.resource.empty()) origin.resource += '}';
  return fields.complete();
}

bool append_text(std::string& object, std::string_view name, std::string_view text) {
  if (text.empty()) return true;
  begin_member(object);
  object.append("\"").append(name).append("\":");
  return codec::append_json_string(object, text);
}

bool read_scope(RecordOrigin& origin, std::string_view bytes) {
  std::string attributes;
  ProtobufReader fields(bytes);
  while (fields.next()) {
    if (fields.is_bytes(1) && !append_text(origin.scope, "name", fields.bytes())) return false;
    if (fields.is_bytes(2) && !append_text(origin.scope, "version", fields.bytes())) return false;
    if (fields.is_bytes(3) && !append_pair(attributes, fields.bytes(), 1)) return false;
  }
  if (!attributes.empty()) {
    begin_member(origin.scope);
    origin.scope += "\"attributes\":" + attributes + '}';
  }
  if (!origin.scope.empty()) origin.scope += '}';
  return fields.complete();
}

// Calls visit(bytes) for each field of that number, in a message that is malformed nowhere.
template <class Visit>
bool each_field(std::string_view message, std::uint32_t number, Visit&& visit) {
  ProtobufReader fields(message);
  while (fields.next()) {
    if (fields.is_bytes(number) && !visit(fields.bytes())) return false;
  }
  return fields.complete();
}

bool read_scope_logs(RecordOrigin& origin, std::string_view bytes, RecordVisitor& visitor) {
  origin.scope.clear();
  if (!each_field(bytes, 1, [&](std::string_view scope) { return read_scope(origin, scope); })) return false;
  return each_field(bytes, 2, [&](std::string_view log) {
    LogRecord record;
    return read_record(record, log) && visitor.take(record, origin);
  });
}

}  // namespace

bool read_otlp_protobuf(std::string_view body, RecordVisitor& visitor) {
  return each_field(body, 1, [&](std::string_view logs) {
    RecordOrigin origin;
    if (!each_field(logs, 1, [&](std::string_view resource) { return read_resource(origin, resource); })) return false;
    return each_field(logs, 2, [&](std::string_view scope) { return read_scope_logs(origin, scope, visitor); });
  });
}

}  // namespace logcat
