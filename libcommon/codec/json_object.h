// A JSON object that is written, not read: its members in their order, on one line.
//
//   JsonObject({{"queue", key}, {"messages", 3}, {"expires", expires}}).text()
//   {"queue":"q","messages":3,"expires":null}
#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace codec {

class JsonObject;

// A value, rendered. Text that is not UTF-8 is made so: see append_json_string().
class JsonValue {
 public:
  // NOLINTBEGIN(google-explicit-constructor): members are written as what they are
  JsonValue(std::string_view text);
  JsonValue(const std::string& text) : JsonValue(std::string_view(text)) {}
  JsonValue(const char* text) : JsonValue(std::string_view(text)) {}
  JsonValue(bool value) : text_(value ? "true" : "false") {}
  JsonValue(double value);  // finite
  template <std::integral Number>
  JsonValue(Number value) : text_(std::to_string(value)) {}
  template <class T>
  JsonValue(const std::optional<T>& value) : text_(value ? JsonValue(*value).text_ : "null") {}
  JsonValue(const std::vector<JsonObject>& list);
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class JsonObject {
 public:
  JsonObject(std::initializer_list<std::pair<std::string_view, JsonValue>> members);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace codec
