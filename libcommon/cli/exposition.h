// Prometheus' text format, for what `stat` shows.
#pragma once

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

  // The samples that follow are of this metric; the format wants all of them together. `type`: gauge or counter.
  void metric(std::string name, std::string_view type, std::string_view help);

  template <class Number>
  void sample(std::initializer_list<Label> labels, Number value) {
    append(labels, std::to_string(value));
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void append(std::initializer_list<Label> labels, std::string_view value);

  std::string metric_;
  std::string text_;
};

}  // namespace cli
