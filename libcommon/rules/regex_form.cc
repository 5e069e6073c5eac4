#include "rules/regex_form.h"

#include <cstddef>

namespace rules {
namespace {

// Reads an expression in PCRE2's syntax. What is malformed is read in some way: the compiler refuses it anyway.
class FormReader {
 public:
  explicit FormReader(std::string_view text) : text_(text) {}

  bool finds_empty_alternative() {
    while (!at_end()) {
      (void)alternation_can_be_empty();
      if (!at_end()) ++at_;  // a ")" too many
    }
    return found_;
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return text_[at_]; }
  [[nodiscard]] bool next_is(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  // Up to the ")" or the end, which stays. Whether one of the alternatives is empty.
  bool alternation_can_be_empty() {
    bool several = false;
    bool any_empty = false;
    bool consumes = false;
    if (++depth_ > kDeepest) {
      found_ = true;
      at_ = text_.size();
    }
    while (!at_end() && peek() != ')') {
      if (peek() == '|') {
        ++at_;
        several = true;
        any_empty |= !consumes;
        consumes = false;
      } else {
        const bool item = item_consumes();
        consumes |= !quantifier_is_zero() && item;
      }
    }
    --depth_;
    any_empty |= !consumes;
    found_ |= several && any_empty;
    return any_empty;
  }

  // Steps over one item without its quantifier.
  bool item_consumes() {
    const char c = text_[at_++];
    switch (c) {
      case '(':
        return group_consumes();
      case '[':
        skip_class();
        return true;
      case '\\':
        return escape_consumes();
      case '^':
      case '$':
      case '?':  // what is left of a quantifier: possessive, lazy
      case '*':
      case '+':
        return false;
      default:
        return true;
    }
  }

  // Steps over "{2,3}" after the item. "{0}" and its like mean that it is not there at all.
  bool quantifier_is_zero() {
    if (!next_is("{")) return false;
    std::size_t end = at_ + 1;
    while (end < text_.size() && (text_[end] == ',' || (text_[end] >= '0' && text_[end] <= '9'))) ++end;
    if (end == text_.size() || text_[end] != '}') return false;
    const std::string_view range = text_.substr(at_ + 1, end - at_ - 1);
    if (range.empty()) return false;
    at_ = end + 1;
    return range.find_first_of("123456789") == std::string_view::npos;
  }

  bool escape_consumes() {
    if (at_end()) return true;
    const char c = text_[at_++];
    if (c == 'Q') {
      const std::size_t end = text_.find("\\E", at_);
      const std::size_t length = (end == std::string_view::npos ? text_.size() : end) - at_;
      at_ = end == std::string_view::npos ? text_.size() : end + 2;
      return length > 0;
    }
    // Assertions, \E, \K; back references, which may refer to nothing.
    constexpr std::string_view kEmpty = "bBAZzGEKgk123456789";
    const bool empty = kEmpty.find(c) != std::string_view::npos;
    if (empty && !at_end() && (c == 'g' || c == 'k')) skip_name();
    return !empty;
  }

  // Of \g{name}, \k<name>, \k'name'; \g1 needs none of it.
  void skip_name() {
    const char open = peek();
    const char close = open == '{' ? '}' : open == '<' ? '>' : open == '\'' ? '\'' : '\0';
    if (close == '\0') return;
    const std::size_t end = text_.find(close, at_ + 1);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  void skip_class() {
    if (!at_end() && peek() == '^') ++at_;
    if (!at_end() && peek() == ']') ++at_;
    while (!at_end() && peek() != ']') {
      if (next_is("[:")) {
        const std::size_t end = text_.find(":]", at_ + 2);
        if (end != std::string_view::npos) {
          at_ = end + 2;
          continue;
        }
      }
      at_ += peek() == '\\' ? 2 : 1;
    }
    if (!at_end()) ++at_;
  }

  void skip_past(char end) {
    while (!at_end() && peek() != end) ++at_;
    if (!at_end()) ++at_;
  }

  // After "(".
  bool group_consumes() {
    if (next_is("?#") || next_is("*")) {
      skip_past(')');
      return false;
    }
    bool assertion = false;
    if (next_is("?")) {
      ++at_;
      if (next_is("(")) found_ = true;  // a condition, whose other branch may be missing
      assertion = next_is("=") || next_is("!") || next_is("<=") || next_is("<!");
      if (!assertion && !skip_introduction()) return false;
    }
    const bool can_be_empty = alternation_can_be_empty();
    if (!at_end()) ++at_;
    return !assertion && !can_be_empty;
  }

  // Of a group: ":", ">", "|", "<name>", "P<name>", "'name'", flags and ":". False: no group follows, as with (?i) and
  // (?1).
  bool skip_introduction() {
    constexpr std::string_view kFlags = "^abcdefghijklmnopqrstuvwxyzRPUJ&+-0123456789";
    if (next_is("<") || next_is("P<")) {
      skip_past('>');
      return true;
    }
    if (next_is("'")) {
      ++at_;
      skip_past('\'');
      return true;
    }
    if (next_is("(")) return true;
    while (!at_end() && kFlags.find(peek()) != std::string_view::npos) {
      if (peek() == 'x') found_ = true;  // spaces mean nothing from here on
      ++at_;
    }
    if (next_is(":") || next_is(">") || next_is("|")) {
      ++at_;
      return true;
    }
    skip_past(')');
    return false;
  }

  static constexpr int kDeepest = 250;  // as PCRE2 has it

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool found_ = false;
};

}  // namespace

bool has_empty_alternative(std::string_view regex) {
  return FormReader(regex).finds_empty_alternative();
}

}  // namespace rules
