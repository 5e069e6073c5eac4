#include "codec/structured_data.h"

#include <algorithm>
#include <utility>

namespace codec {
namespace {

bool is_name_byte(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != '=' && c != ']' && c != '"' && c != '\x7f';
}

bool is_escaped_byte(char c) {
  return c == '"' || c == '\\' || c == ']';
}

}  // namespace

StructuredDataReader::Token StructuredDataReader::next() {
  if (inside_) {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    if (at_ == text_.size()) return Token::malformed;
    if (text_[at_] != ']') {
      name_ = take_name();
      return !name_.empty() && take_value() ? Token::param : Token::malformed;
    }
    ++at_;
    inside_ = false;
  }
  if (at_ == text_.size() || text_[at_] != '[') return Token::end;
  ++at_;
  id_ = take_name();
  const bool ends = at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == ']');
  if (id_.empty() || !ends) return Token::malformed;
  inside_ = true;
  return Token::element;
}

std::string_view StructuredDataReader::take_name() {
  const std::size_t start = at_;
  while (at_ < text_.size() && is_name_byte(text_[at_])) ++at_;
  return text_.substr(start, at_ - start);
}

// ="value", which is followed by a space or the element's end.
bool StructuredDataReader::take_value() {
  if (text_.substr(at_, 2) != "=\"") return false;
  at_ += 2;
  for (std::size_t quote = at_;; ++quote) {
    quote = text_.find('"', quote);
    if (quote == std::string_view::npos || quote + 1 == text_.size()) return false;
    // Backslashes before it pair up with each other first; an odd one is its own.
    std::size_t backslashes = 0;
    while (quote - backslashes > at_ && text_[quote - backslashes - 1] == '\\') ++backslashes;
    if (backslashes % 2 == 1) continue;
    value_ = text_.substr(at_, quote - at_);
    at_ = quote + 1;
    return text_[at_] == ' ' || text_[at_] == ']';
  }
}

bool is_structured_data_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_name_byte);
}

std::size_t structured_data_length(std::string_view text) {
  using Token = StructuredDataReader::Token;
  StructuredDataReader reader(text);
  Token token = reader.next();
  while (token == Token::element || token == Token::param) token = reader.next();
  return token == Token::end ? reader.position() : 0;
}

bool is_structured_data(std::string_view text) {
  return !text.empty() && structured_data_length(text) == text.size();
}

std::string_view find_param(std::string_view text, std::string_view id, std::string_view name) {
  using Token = StructuredDataReader::Token;
  StructuredDataReader reader(text);
  for (Token token = reader.next(); token == Token::element || token == Token::param; token = reader.next()) {
    if (token == Token::param && reader.id() == id && reader.name() == name) return reader.value();
  }
  return {};
}

std::string with_param(std::string_view text, std::string_view id, std::string_view name, std::string_view value) {
  using Token = StructuredDataReader::Token;
  std::string out;
  bool done = value.empty();
  const auto put = [&] {
    if (std::exchange(done, true)) return;
    out.append(" ").append(name).append("=\"");
    append_escaped(out, value);
    out += '"';
  };
  std::string_view open;  // the id of the element that is being written
  const auto close = [&] {
    if (open == id) put();
    if (!open.empty()) out += ']';
  };
  StructuredDataReader reader(text);
  for (Token token = reader.next(); token == Token::element || token == Token::param; token = reader.next()) {
    if (token == Token::element) {
      close();
      open = reader.id();
      out.append("[").append(open);
    } else if (open == id && reader.name() == name) {
      put();
    } else {
      out.append(" ").append(reader.name()).append("=\"").append(reader.value()) += '"';
    }
  }
  close();
  if (!done) {
    out.append("[").append(id);
    put();
    out += ']';
  }
  return out;
}

void append_unescaped(std::string& out, std::string_view value) {
  std::size_t start = 0;
  for (std::size_t at = value.find('\\'); at != std::string_view::npos && at + 1 < value.size();
       at = value.find('\\', at)) {
    if (!is_escaped_byte(value[at + 1])) {
      ++at;
      continue;
    }
    out += value.substr(start, at - start);
    start = at + 1;
    at += 2;
  }
  out += value.substr(start);
}

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (is_escaped_byte(c)) out += '\\';
    out += c;
  }
}

}  // namespace codec
