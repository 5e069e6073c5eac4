// A call site of a program that logs, as a ring file describes it, and its events as JSON with mulog's names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/logcat/ring/flake.h"

namespace logcat {

struct EventHead {
  std::uint64_t time;  // ns since 1970
  Flake id;
};

class Site {
 public:
  // Of the bytes of the description, its length included. Nothing: they are damaged.
  static std::optional<Site> parse(std::string_view bytes);

  // Appends an object on one line; `values` are the bytes after the event's head. False: they do not fit the
  // description, and `out` is not to be used.
  [[nodiscard]] bool render(const EventHead& head, std::string_view values, std::string& out) const;

 private:
  struct Pair {
    std::uint8_t type;
    std::string member;  // the key as JSON, with a comma before and a colon after it
    bool repeated;       // a later one has this key
  };

  [[nodiscard]] bool has_key(std::string_view key) const;

  std::string name_;  // members as JSON; empty where a pair has that key
  std::string namespace_;
  bool has_time_ = true;
  bool has_id_ = true;
  std::vector<Pair> pairs_;
  std::vector<std::string> keys_;
};

}  // namespace logcat
