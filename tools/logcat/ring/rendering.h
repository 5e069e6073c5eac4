// Events as JSON with mulog's names: those of one call site, under the same contexts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/flake.h"
#include "tools/logcat/ring/site.h"

namespace logcat {

struct EventHead {
  std::uint64_t time;  // ns since 1970
  codec::Flake id;
};

class Rendering {
 public:
  // The contexts are in order, the later of which win; the event's own pairs win over all of them.
  Rendering(const Site& site, std::span<const Site* const> contexts);

  // Appends an object on one line, of the bytes of the contexts, with the head of each, and of the values. False: they
  // do not fit the descriptions, and `out` is not to be used.
  [[nodiscard]] bool append(const EventHead& head, std::string_view contexts, std::string_view values,
                            std::string& out) const;

 private:
  struct Pair {
    std::uint8_t type;
    std::string member;  // the key as JSON, with a comma before and a colon after it
    bool hidden;         // another with this key wins
  };
  using Pairs = std::vector<Pair>;

  [[nodiscard]] bool hides(const Site& site, std::span<const Site* const> later, std::string_view key) const;
  void append_base(const EventHead& head, std::string& out) const;
  static bool append_all(const Pairs& pairs, std::string_view& values, std::string& out);

  std::string name_;  // members as JSON; empty where a pair has that key
  std::string time_;
  std::string id_;
  std::string namespace_;
  std::size_t base_size_;  // of all these, with their values, at most
  Pairs pairs_;
  std::vector<Pairs> contexts_;
};

}  // namespace logcat
