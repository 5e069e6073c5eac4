#include "codec/json_walk.h"

#include <nlohmann/json.hpp>

namespace codec {

bool is_json(std::string_view text) {
  // The library takes a NUL for the end of the text.
  return text.find('\0') == text.npos && nlohmann::json::accept(text);
}

std::string_view JsonWalker::take_value() {
  while (is_space(text_[at_]) || text_[at_] == ':') ++at_;
  const std::size_t start = at_;
  std::size_t depth = 0;
  do {
    const char c = text_[at_];
    if (c == '"') skip_string();
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c != '"') ++at_;
  } while (at_ < text_.size() && (depth > 0 || !ends_value(text_[at_])));
  return text_.substr(start, at_ - start);
}

void JsonWalker::skip_string() {
  // Strings with backslashes are rare, and long ones without them are not.
  const std::size_t start = at_;
  do {
    at_ = text_.find('"', at_ + 1);
  } while (is_escaped(start, at_));
  ++at_;
}

// Whether the quote at `at` of a string that begins at `start` does not end it.
bool JsonWalker::is_escaped(std::size_t start, std::size_t at) const {
  std::size_t backslashes = 0;
  while (at - backslashes - 1 > start && text_[at - backslashes - 1] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

std::string_view json_string_text(std::string_view quoted, std::string& space) {
  const std::string_view inner = quoted.substr(1, quoted.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return inner;
  space = nlohmann::json::parse(quoted).get<std::string>();
  return space;
}

}  // namespace codec
