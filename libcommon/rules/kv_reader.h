// Pairs of names and values in a text: a=1 b="x y".
#pragma once

#include <string>
#include <string_view>

namespace rules {

class KvReader {
 public:
  // Each byte of these separates. All must outlive this.
  KvReader(std::string_view text, std::string_view pair_separators, std::string_view value_separators)
      : text_(text), pair_separators_(pair_separators), value_separators_(value_separators) {}

  // The next pair; false: there are no more. The views are of the text or of this, until the next call.
  bool next();
  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] std::string_view value() const { return value_; }

 private:
  [[nodiscard]] bool is_pair_separator(char c) const { return pair_separators_.find(c) != std::string_view::npos; }
  bool take_name();
  void take_value();
  bool take_quoted(char quote);

  std::string_view text_;
  std::string_view pair_separators_;
  std::string_view value_separators_;
  std::size_t at_ = 0;
  std::string_view name_;
  std::string_view value_;
  std::string unescaped_;
};

}  // namespace rules
