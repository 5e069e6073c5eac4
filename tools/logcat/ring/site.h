// A call site of a program that logs, or the keys of a context, as a ring file describes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logcat {

struct Site {
  struct Pair {
    std::uint8_t type;
    std::string key;
  };

  // Of the bytes of the description, its length included. Nothing: they are damaged.
  static std::optional<Site> parse(std::string_view bytes);

  [[nodiscard]] bool has_key(std::string_view key) const;

  std::string name;  // empty: of a context
  std::string namespace_;
  std::vector<Pair> pairs;
};

}  // namespace logcat
