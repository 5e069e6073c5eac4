// JSON as the values of OpenTelemetry (AnyValue of common.proto) in OTLP's JSON.
#pragma once

#include <string>
#include <string_view>

namespace logsend::http {

// {"stringValue":"text"}, {"intValue":"1"}, {"doubleValue":0.5}, {"boolValue":true}, {"arrayValue":{"values":[...]}},
// {"kvlistValue":{"values":[...]}}; null is {}. What is nested deeper than readers take it is the text of its JSON.
void append_otlp_value(std::string& out, std::string_view json);

// A text, or {"bytesValue":"..."} where it is not UTF-8.
void append_otlp_text(std::string& out, std::string_view bytes);

// Appends [{"key":"k","value":{...}},...] of an object's members to a list, without the brackets.
void append_otlp_pairs(std::string& list, std::string_view object);

// One of them; `value` is such a value.
void append_otlp_pair(std::string& list, std::string_view key, std::string_view value);

}  // namespace logsend::http
