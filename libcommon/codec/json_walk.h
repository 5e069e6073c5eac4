// Whether text is JSON, and then, value by value, without a tree: what is not looked at stays byte for byte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace codec {

// RFC 8259.
bool is_json(std::string_view text);

// Of JSON. Views are of the text.
class JsonWalker {
 public:
  // An object, an array, or the inside of one: members with commas between them, before them or after them.
  explicit JsonWalker(std::string_view text) : text_(text) {}

  // Enters the object or array that the text is, whose members follow.
  void enter() { at_ = text_.find_first_of("{[") + 1; }

  // False at the end of the object or array.
  bool at_member() {
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == ',')) ++at_;
    return at_ < text_.size() && text_[at_] != '}' && text_[at_] != ']';
  }

  // Of an object's member first the name, with its quotes, and then the value.
  std::string_view take_value();

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  static bool ends_value(char c) { return c == ',' || c == ':' || c == '}' || c == ']' || is_space(c); }
  void skip_string();
  [[nodiscard]] bool is_escaped(std::size_t start, std::size_t at) const;

  std::string_view text_;
  std::size_t at_ = 0;
};

inline bool is_json_string(std::string_view value) {
  return value.front() == '"';
}
inline bool is_json_object(std::string_view value) {
  return value.front() == '{';
}
inline bool is_json_list(std::string_view value) {
  return value.front() == '[';
}
inline bool is_json_number(std::string_view value) {
  return value.front() == '-' || (value.front() >= '0' && value.front() <= '9');
}

// What a string in quotes says. The view is of it or, where it has escapes, of `space`.
std::string_view json_string_text(std::string_view quoted, std::string& space);

}  // namespace codec
