// As https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding has it: 64-bit numbers are strings or numbers,
// ids are hexadecimal, members that are not known are skipped.
#include <algorithm>
#include <charconv>

#include "codec/base64.h"
#include "codec/json_string.h"
#include "codec/json_visit.h"
#include "codec/json_walk.h"
#include "tools/logcat/http/log_record.h"

namespace logcat {
namespace {

// In JSON of protobuf null is as if the member were missing.
template <class Visit>
bool each_said(std::string_view object, Visit&& visit) {
  return codec::each_member(
      object, [&](std::string_view name, std::string_view value) { return value == "null" || visit(name, value); });
}

std::string unquoted(std::string_view value) {
  return codec::json_string(value).value_or(std::string(value));
}

template <class Number>
bool take_number(Number& number, std::string_view value) {
  const std::string text = unquoted(value);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool take_text(std::string& text, std::string_view value) {
  text = codec::json_string(value).value_or("");
  return value.starts_with('"');
}

// Of that many bytes; an empty one is none.
bool take_id(std::string& id, std::string_view value) {
  if (!take_text(id, value)) return false;
  std::ranges::transform(id, id.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return id.size() % 2 == 0 && id.find_first_not_of("0123456789abcdef") == id.npos;
}

bool append_value(std::string& json, std::string_view any_value, unsigned depth);

bool append_integer(std::string& json, std::string_view value) {
  std::int64_t number = 0;
  if (!take_number(number, value)) return false;
  json += std::to_string(number);
  return true;
}

bool append_double(std::string& json, std::string_view value) {
  const std::string text = unquoted(value);
  const bool is_name = text == "NaN" || text == "Infinity" || text == "-Infinity";
  const bool starts_number = text.starts_with('-') || (!text.empty() && text[0] >= '0' && text[0] <= '9');
  if (!is_name && (!starts_number || !codec::is_json(text))) return false;
  json += is_name ? '"' + text + '"' : text;
  return true;
}

bool append_bytes(std::string& json, std::string_view value) {
  if (!value.starts_with('"') || !codec::from_base64(unquoted(value))) return false;
  json += value;
  return true;
}

// {"key":"k","value":{"stringValue":"v"}}, of an object that begins with its first member.
bool append_pair(std::string& object, std::string_view pair, unsigned depth) {
  std::string key;
  std::string value = "null";
  const bool good = each_said(pair, [&](std::string_view name, std::string_view said) {
    if (name == "key") return take_text(key, said);
    if (name != "value") return true;
    value.clear();
    return append_value(value, said, depth);
  });
  object += object.empty() ? '{' : ',';
  codec::append_json_string(object, key);
  object += ':';
  object += value;
  return good;
}

// A list of pairs as an object; empty: there are none.
bool take_pairs(std::string& object, std::string_view list, unsigned depth) {
  object.clear();
  const bool good = codec::each_element(list, [&](std::string_view pair) { return append_pair(object, pair, depth); });
  if (!object.empty()) object += '}';
  return good;
}

bool append_object(std::string& json, std::string_view list, unsigned depth) {
  std::string object;
  const bool good = each_said(list, [&](std::string_view name, std::string_view values) {
    return name != "values" || take_pairs(object, values, depth);
  });
  json += object.empty() ? "{}" : object;
  return good;
}

bool append_array(std::string& json, std::string_view list, unsigned depth) {
  json += '[';
  const bool good = each_said(list, [&](std::string_view name, std::string_view values) {
    return name != "values" || codec::each_element(values, [&](std::string_view value) {
             if (json.back() != '[') json += ',';
             return append_value(json, value, depth);
           });
  });
  json += ']';
  return good;
}

bool append_one(std::string& json, std::string_view kind, std::string_view value, unsigned depth) {
  if (kind == "arrayValue") return append_array(json, value, depth + 1);
  if (kind == "kvlistValue") return append_object(json, value, depth + 1);
  if (kind == "intValue") return append_integer(json, value);
  if (kind == "doubleValue") return append_double(json, value);
  if (kind == "bytesValue") return append_bytes(json, value);
  const bool is_text = kind == "stringValue" && value.starts_with('"');
  const bool is_bool = kind == "boolValue" && (value == "true" || value == "false");
  if (is_text || is_bool) json += value;
  return is_text || is_bool || (kind != "stringValue" && kind != "boolValue");
}

bool append_value(std::string& json, std::string_view any_value, unsigned depth) {
  if (depth > kDeepestValue) return false;
  std::string value;
  const bool good = each_said(any_value, [&](std::string_view kind, std::string_view said) {
    std::string one;
    if (!append_one(one, kind, said, depth)) return false;
    if (!one.empty()) value = one;
    return true;
  });
  json += value.empty() ? "null" : value;
  return good;
}

bool read_body(LogRecord& record, std::string_view any_value) {
  std::string value;
  if (!append_value(value, any_value, 1)) return false;
  record.body_is_object = value.starts_with('{');
  record.body = value == "null" ? "" : unquoted(value);
  bool is_bytes = false;
  each_said(any_value, [&is_bytes](std::string_view kind, std::string_view) {
    is_bytes = kind == "bytesValue";
    return true;
  });
  if (is_bytes) record.body = codec::from_base64(record.body).value_or(record.body);
  return true;
}

bool read_record(LogRecord& record, std::string_view log) {
  return each_said(log, [&record](std::string_view name, std::string_view value) {
    if (name == "timeUnixNano") return take_number(record.time, value);
    if (name == "observedTimeUnixNano") return take_number(record.observed_time, value);
    if (name == "severityNumber") return take_number(record.severity_number, value);
    if (name == "severityText") return take_text(record.severity_text, value);
    if (name == "body") return read_body(record, value);
    if (name == "attributes") return take_pairs(record.attributes, value, 1);
    if (name == "droppedAttributesCount") return take_number(record.dropped_attributes, value);
    if (name == "flags") return take_number(record.flags, value);
    if (name == "traceId") return take_id(record.trace_id, value);
    if (name == "spanId") return take_id(record.span_id, value);
    if (name == "eventName") return take_text(record.event_name, value);
    return true;
  });
}

// The value of a resource's attribute where that is a string.
void look_for(std::string& text, std::string_view wanted, std::string_view attributes) {
  if (attributes.empty()) return;
  codec::each_member(attributes, [&](std::string_view name, std::string_view value) {
    if (name == wanted) text = codec::json_string(value).value_or("");
    return true;
  });
}

bool read_resource(RecordOrigin& origin, std::string_view resource) {
  const bool good = each_said(resource, [&origin](std::string_view name, std::string_view value) {
    return name != "attributes" || take_pairs(origin.resource, value, 1);
  });
  look_for(origin.hostname, "host.name", origin.resource);
  look_for(origin.appname, "service.name", origin.resource);
  return good;
}

bool read_scope(RecordOrigin& origin, std::string_view scope) {
  const bool good = each_said(scope, [&origin](std::string_view name, std::string_view value) {
    std::string json;
    if (name == "attributes" && !take_pairs(json, value, 1)) return false;
    if (name == "name" || name == "version") json = value == "\"\"" ? "" : value;
    if (!json.empty() && name != "attributes" && !value.starts_with('"')) return false;
    if (!json.empty())
      origin.scope.append(origin.scope.empty() ? "{\"" : ",\"").append(name).append("\":").append(json);
    return true;
  });
  if (!origin.scope.empty()) origin.scope += '}';
  return good;
}

// Calls visit(value) for each element of an object's member of that name.
template <class Visit>
bool each_in(std::string_view object, std::string_view wanted, Visit&& visit) {
  return each_said(object, [&](std::string_view name, std::string_view list) {
    return name != wanted || codec::each_element(list, visit);
  });
}

bool read_scope_logs(RecordOrigin& origin, std::string_view logs, RecordVisitor& visitor) {
  origin.scope.clear();
  const auto take_scope = [&](std::string_view name, std::string_view value) {
    return name != "scope" || read_scope(origin, value);
  };
  if (!each_said(logs, take_scope)) return false;
  return each_in(logs, "logRecords", [&](std::string_view log) {
    LogRecord record;
    return read_record(record, log) && visitor.take(record, origin);
  });
}

}  // namespace

bool read_otlp_json(std::string_view body, RecordVisitor& visitor) {
  if (!codec::is_json(body)) return false;
  return each_in(codec::json_trimmed(body), "resourceLogs", [&](std::string_view logs) {
    RecordOrigin origin;
    const auto take_resource = [&](std::string_view name, std::string_view value) {
      return name != "resource" || read_resource(origin, value);
    };
    if (!each_said(logs, take_resource)) return false;
    return each_in(logs, "scopeLogs", [&](std::string_view scope) { return read_scope_logs(origin, scope, visitor); });
  });
}

}  // namespace logcat
