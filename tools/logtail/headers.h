// "==> NAME <==" above messages, as tail(1) shows it, when the one before came from another name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "stream/batch.h"

namespace logtail {

class Headers {
 public:
  explicit Headers(bool wanted) : wanted_(wanted) {}

  [[nodiscard]] bool due(std::string_view name) const { return wanted_ && shown_ != name; }

  // Appends the header's lines and those of `below`; how many lines the header has.
  std::size_t give(std::string_view name, const stream::Batch& below, stream::Batch& out) {
    const std::size_t before = out.count();
    if (!shown_.empty()) out.append("");
    out.append("==> " + std::string(name) + " <==");
    shown_ = name;
    const std::size_t lines = out.count() - before;
    below.for_each([&out](std::size_t, std::string_view message) { out.append(message); });
    return lines;
  }

 private:
  bool wanted_;
  std::string shown_;  // whose messages were given last
};

}  // namespace logtail
