#include "rules/kv_reader.h"

#include <algorithm>

namespace rules {
namespace {

std::string_view without_blanks(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

}  // namespace

bool KvReader::next() {
  while (at_ < text_.size()) {
    if (!take_name()) continue;
    take_value();
    return true;
  }
  return false;
}

// Up to the value separator, which is taken; false: a pair separator or the end comes first, or the name is empty.
bool KvReader::take_name() {
  const std::size_t start = at_;
  while (at_ < text_.size() && !is_pair_separator(text_[at_])) {
    if (value_separators_.find(text_[at_]) != std::string_view::npos) {
      name_ = without_blanks(text_.substr(start, at_ - start));
      ++at_;
      return !name_.empty();
    }
    ++at_;
  }
  ++at_;
  return false;
}

void KvReader::take_value() {
  std::size_t start = at_;
  // "name: value" with a separator that is no space.
  while (start < text_.size() && text_[start] == ' ' && !is_pair_separator(' ')) ++start;
  if (start < text_.size() && (text_[start] == '"' || text_[start] == '\'')) {
    at_ = start + 1;
    if (take_quoted(text_[start])) return;
    at_ = start;
  }
  while (at_ < text_.size() && !is_pair_separator(text_[at_])) ++at_;
  value_ = without_blanks(text_.substr(start, at_ - std::min(start, at_)));
}

// After the quote; false: it does not end.
bool KvReader::take_quoted(char quote) {
  const char special[] = {quote, '\\'};
  const std::string_view stops(special, sizeof special);
  std::size_t pending = at_;
  bool escaped = false;
  unescaped_.clear();
  for (std::size_t at = text_.find_first_of(stops, at_); at != std::string_view::npos;
       at = text_.find_first_of(stops, at)) {
    if (text_[at] == quote) {
      unescaped_ += text_.substr(pending, at - pending);
      value_ = escaped ? std::string_view(unescaped_) : text_.substr(at_, at - at_);
      at_ = at + 1;
      return true;
    }
    if (at + 1 < text_.size() && (text_[at + 1] == quote || text_[at + 1] == '\\')) {
      unescaped_ += text_.substr(pending, at - pending);
      escaped = true;
      pending = at + 1;
      ++at;
    }
    ++at;
  }
  return false;
}

}  // namespace rules
