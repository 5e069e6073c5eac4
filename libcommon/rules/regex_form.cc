#include "rules/regex_form.h"

#include "rules/regex_text.h"

namespace rules {
namespace {

class FormReader {
 public:
  explicit FormReader(std::string_view text) : text_(text) {}

  bool finds_empty_alternative() {
    while (!text_.at_end()) {
      (void)alternation_can_be_empty();
      if (!text_.at_end()) text_.take();  // a ")" too many
    }
    return found_;
  }

 private:
  // Up to the ")" or the end, which stays. Whether one of the alternatives is empty.
  bool alternation_can_be_empty() {
    bool several = false;
    bool any_empty = false;
    bool consumes = false;
    if (++depth_ > kDeepest) {
      found_ = true;
      text_.skip_all();
    }
    while (!text_.at_end() && text_.peek() != ')') {
      if (text_.skip("|")) {
        several = true;
        any_empty |= !consumes;
        consumes = false;
      } else {
        const bool item = item_consumes();
        consumes |= !takes_zero() && item;
      }
    }
    --depth_;
    any_empty |= !consumes;
    found_ |= several && any_empty;
    return any_empty;
  }

  // Steps over one item without its quantifier.
  bool item_consumes() {
    switch (text_.take()) {
      case '(':
        return group_consumes();
      case '[':
        text_.skip_class();
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

  // After the item: "{0}" and its like mean that it is not there at all.
  bool takes_zero() {
    const std::string_view range = text_.take_range();
    return !range.empty() && range.find_first_of("123456789") == std::string_view::npos;
  }

  bool escape_consumes() {
    if (text_.at_end()) return true;
    const char c = text_.take();
    if (c == 'Q') {
      const bool empty = text_.next_is("\\E");
      text_.skip_past("\\E");
      return !empty;
    }
    // Assertions, \E, \K; back references, which may refer to nothing.
    constexpr std::string_view kEmpty = "bBAZzGEKgk123456789";
    if (kEmpty.find(c) == std::string_view::npos) return true;
    if (c == 'g' || c == 'k') skip_reference();
    return false;
  }

  // Of \g{name}, \k<name>, \k'name'; \g1 needs none of it.
  void skip_reference() {
    if (text_.skip("{")) text_.skip_past("}");
    if (text_.skip("<")) text_.skip_past(">");
    if (text_.skip("'")) text_.skip_past("'");
  }

  // After "(".
  bool group_consumes() {
    if (text_.next_is("?#") || text_.next_is("*")) {
      text_.skip_past(")");
      return false;
    }
    bool assertion = false;
    if (text_.skip("?")) {
      found_ |= text_.next_is("(");  // a condition, whose other branch may be missing
      assertion = text_.skip("=") || text_.skip("!") || text_.skip("<=") || text_.skip("<!");
      if (!assertion && !text_.next_is("(") && !skip_introduction()) return false;
    }
    const bool can_be_empty = alternation_can_be_empty();
    if (!text_.at_end()) text_.take();
    return !assertion && !can_be_empty;
  }

  // Of a group: ":", ">", "|", a name, flags and ":". False: no group follows, as with (?i) and (?1).
  bool skip_introduction() {
    constexpr std::string_view kFlags = "^abcdefghijklmnopqrstuvwxyzRPUJ&+-0123456789";
    if (text_.skip_group_name()) return true;
    while (!text_.at_end() && kFlags.find(text_.peek()) != std::string_view::npos)
      if (text_.take() == 'x') found_ = true;  // spaces mean nothing from here on
    if (text_.skip(":") || text_.skip(">") || text_.skip("|")) return true;
    text_.skip_past(")");
    return false;
  }

  static constexpr int kDeepest = 250;  // as PCRE2 has it

  RegexText text_;
  int depth_ = 0;
  bool found_ = false;
};

}  // namespace

bool has_empty_alternative(std::string_view regex) {
  return FormReader(regex).finds_empty_alternative();
}

}  // namespace rules
