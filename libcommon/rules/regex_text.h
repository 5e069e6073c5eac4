// Reading the text of a regular expression in PCRE2's syntax, piece by piece. What is malformed is read in some way:
// the compiler refuses it anyway.
#pragma once

#include <cstddef>
#include <string_view>

namespace rules {

class RegexText {
 public:
  explicit RegexText(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return text_[at_]; }
  [[nodiscard]] bool next_is(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  char take() { return text_[at_++]; }
  bool skip(std::string_view what) {
    if (!next_is(what)) return false;
    at_ += what.size();
    return true;
  }
  void skip_all() { at_ = text_.size(); }

  // Past the next `end`, or to the end of the text.
  void skip_past(std::string_view end) {
    const std::size_t found = text_.find(end, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
  }

  // After "[": past the "]" of a character class.
  void skip_class() {
    skip("^");
    skip("]");
    while (!at_end() && peek() != ']') {
      if (next_is("[:") && text_.find(":]", at_ + 2) != std::string_view::npos)
        skip_past(":]");
      else
        at_ += peek() == '\\' ? 2 : 1;
    }
    if (!at_end()) ++at_;
  }

  // "{2,3}" and its kin: what stands between the braces. Empty, and nothing is taken: there is none.
  std::string_view take_range() {
    if (!next_is("{")) return {};
    const std::size_t end = text_.find_first_not_of("0123456789,", at_ + 1);
    if (end == std::string_view::npos || text_[end] != '}') return {};
    const std::string_view range = text_.substr(at_ + 1, end - at_ - 1);
    if (!range.empty()) at_ = end + 1;
    return range;
  }

  // Of (?<name>...), (?P<name>...), (?'name'...) after "(?": past the name. False: it is no such group.
  bool skip_group_name() {
    const bool lookbehind = next_is("<=") || next_is("<!");
    if (!lookbehind && (skip("P<") || skip("<"))) {
      skip_past(">");
      return true;
    }
    if (!skip("'")) return false;
    skip_past("'");
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace rules
