#include "codec/json_object.h"

#include <charconv>

#include "codec/json_string.h"

namespace codec {

JsonValue::JsonValue(std::string_view text) {
  append_json_string(text_, text);
}

// With a point or an exponent, so that readers take a whole one for what it is.
JsonValue::JsonValue(double value) {
  char digits[32];
  text_.assign(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  if (text_.find_first_of(".e") == text_.npos) text_ += ".0";
}

JsonValue::JsonValue(const std::vector<JsonObject>& list) {
  for (const JsonObject& object : list) text_ += (text_.empty() ? "[" : ",") + object.text();
  text_ += text_.empty() ? "[]" : "]";
}

JsonObject::JsonObject(std::initializer_list<std::pair<std::string_view, JsonValue>> members) {
  for (const auto& [name, value] : members) {
    text_ += text_.empty() ? "{" : ",";
    append_json_string(text_, name);
    text_ += ":" + value.text();
  }
  text_ += text_.empty() ? "{}" : "}";
}

}  // namespace codec
