#include "tools/logsend/http/otlp_value.h"

#include <charconv>
#include <cstdint>

#include "codec/base64.h"
#include "codec/json_string.h"
#include "codec/json_visit.h"
#include "codec/json_walk.h"
#include "tools/logsend/http/named_fields.h"

namespace logsend::http {
namespace {

constexpr unsigned kDeepestValue = 30;  // logcat and others read 32

void append_value(std::string& out, std::string_view json, unsigned depth);

void append_pairs(std::string& list, std::string_view object, unsigned depth) {
  codec::each_member(object, [&](std::string_view name, std::string_view json) {
    std::string value;
    append_value(value, json, depth);
    append_otlp_pair(list, name, value);
    return true;
  });
}

void append_list(std::string& out, std::string_view list, unsigned depth) {
  out += "{\"arrayValue\":{\"values\":[";
  bool first = true;
  codec::each_element(list, [&](std::string_view json) {
    if (!first) out += ',';
    first = false;
    append_value(out, json, depth + 1);
    return true;
  });
  out += "]}}";
}

void append_object(std::string& out, std::string_view object, unsigned depth) {
  std::string list;
  append_pairs(list, object, depth + 1);
  out.append("{\"kvlistValue\":{\"values\":[").append(list).append("]}}");
}

void append_number(std::string& out, std::string_view json) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), number);
  if (error == std::errc() && end == json.data() + json.size())
    out.append("{\"intValue\":\"").append(json).append("\"}");
  else
    out.append("{\"doubleValue\":").append(json).append("}");
}

void append_string(std::string& out, std::string_view json) {
  out += "{\"stringValue\":";
  append_as_string(out, json);
  out += '}';
}

void append_value(std::string& out, std::string_view json, unsigned depth) {
  const bool is_nested = codec::is_json_object(json) || codec::is_json_list(json);
  if (json == "null")
    out += "{}";
  else if (json == "true" || json == "false")
    out.append("{\"boolValue\":").append(json).append("}");
  else if (codec::is_json_number(json))
    append_number(out, json);
  else if (!is_nested || depth >= kDeepestValue)
    append_string(out, json);
  else if (codec::is_json_list(json))
    append_list(out, json, depth);
  else
    append_object(out, json, depth);
}

}  // namespace

void append_otlp_value(std::string& out, std::string_view json) {
  append_value(out, json, 1);
}

void append_otlp_text(std::string& out, std::string_view bytes) {
  const std::size_t start = out.size();
  out += "{\"stringValue\":";
  if (!codec::append_json_string(out, bytes)) {
    out.erase(start);
    out += "{\"bytesValue\":\"";
    codec::append_base64(out, bytes);
    out += '"';
  }
  out += '}';
}

void append_otlp_pairs(std::string& list, std::string_view object) {
  append_pairs(list, object, 1);
}

void append_otlp_pair(std::string& list, std::string_view key, std::string_view value) {
  list += list.empty() ? "{\"key\":" : ",{\"key\":";
  codec::append_json_string(list, key);
  list.append(",\"value\":").append(value).append("}");
}

}  // namespace logsend::http
