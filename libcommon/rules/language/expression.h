// "http-" + status: what texts come of an event.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "codec/event.h"
#include "codec/field.h"

namespace rules::language {

class Expression {
 public:
  struct Part {
    std::optional<codec::FieldPath> field = {};  // or
    std::string text = {};                       // this text
    std::string written = {};                    // the same with its escapes, for regular expressions
  };

  // More combinations, or bytes of all of them, are refused.
  static constexpr std::size_t kMostTexts = 1000;
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;

  void add(Part part) { parts_.push_back(std::move(part)); }
  void set_number() { number_ = true; }

  // A number alone, as it is written.
  [[nodiscard]] bool is_number() const { return number_; }
  // Always the same text.
  [[nodiscard]] bool is_constant() const;
  // Of a constant: what it says; and as it is written, with its escapes.
  [[nodiscard]] std::string constant() const;
  [[nodiscard]] std::string written() const;
  // Where it is one field and nothing else; else null.
  [[nodiscard]] const codec::FieldPath* field() const;

  // Appends its text; a field that the event lacks is nothing. False, with something appended perhaps: there are
  // several, because a field is a list; see texts().
  bool append_single(std::string& out, const codec::Event& event) const;

  // One for each combination of the elements of its fields. Nothing: these would be too many.
  [[nodiscard]] std::optional<std::vector<std::string>> texts(const codec::Event& event) const;

  // Whether `test` is true for one of its texts.
  template <class Test>
  bool any_text(const codec::Event& event, Test&& test) const {
    std::string single;
    if (append_single(single, event)) return test(std::string_view(single));
    const auto all = texts(event);
    if (!all) return false;
    for (const std::string& text : *all)
      if (test(std::string_view(text))) return true;
    return false;
  }

 private:
  std::vector<Part> parts_;
  bool number_ = false;
};

}  // namespace rules::language
