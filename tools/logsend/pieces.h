// Byte strings that stand one after the other, and where each ends.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace logsend {

struct Pieces {
  std::string bytes = {};
  std::vector<std::size_t> ends = {};

  [[nodiscard]] std::size_t count() const { return ends.size(); }
  [[nodiscard]] std::size_t begin_of(std::size_t index) const { return index == 0 ? 0 : ends[index - 1]; }
  [[nodiscard]] std::string_view operator[](std::size_t index) const {
    return std::string_view(bytes).substr(begin_of(index), ends[index] - begin_of(index));
  }
  void append(std::string_view piece) {
    bytes += piece;
    ends.push_back(bytes.size());
  }
};

}  // namespace logsend
