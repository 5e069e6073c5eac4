// Prometheus' text format, for what `stat` shows.
#pragma once

#include <charconv>
#include <initializer_list>
#include <string>
#include <string_view>

namespace cli {

class Exposition {
 public:
  struct Label {
    std::string_view name;
    std::string_view value;
  };

  // The samples that follow are of this metric; the format wants all of them together. `type`: gauge, counter or
  // summary, whose samples have the suffixes _sum and _count.
  void metric(std::string name, std::string_view type, std::string_view help);

  template <class Number>
  void sample(std::initializer_list<Label> labels, Number value, std::string_view suffix = {}) {
    append(labels, number(value), suffix);
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  template <class Number>
  static std::string number(Number value) {
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
  }
  void append(std::initializer_list<Label> labels, std::string_view value, std::string_view suffix);

  std::string metric_;
  std::string text_;
};

}  // namespace cli
