// What is done to the messages of a file on their way into a batch: those out of --since and --until are left out, and
// names are put before them or above them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "stream/batch.h"
#include "tools/logtail/files/cutter.h"

namespace logtail {

struct EmitterOptions {
  std::optional<base::WallTime> since;
  std::optional<base::WallTime> until;
  bool prefix = false;  // the name before each message
  bool colour = false;  // of the prefix
};

class Emitter {
 public:
  explicit Emitter(EmitterOptions options) : options_(options) {}

  // Appends the messages of `bytes` that end at `ends`, and takes out of `ends` those that are left out. `passing`:
  // whether the message before was in the range.
  void emit(std::string_view bytes, const Cut& cut, std::vector<std::uint32_t>& ends, std::string_view name,
            bool& passing, stream::Batch& out);

  // Nothing is left out and nothing is changed.
  [[nodiscard]] bool plain() const { return !options_.since && !options_.until && !options_.prefix; }

  // It is in the range; `before`: whether the one before is, where it has no time of its own.
  [[nodiscard]] bool passes(std::string_view message, bool before) const;

 private:
  EmitterOptions options_;
  std::vector<std::uint32_t> lengths_;  // kept for its capacity only
  std::string line_;                    // the same
};

// The name as --prefix shows it, always in the same colour.
void append_prefix(std::string& out, std::string_view name, bool colour);

}  // namespace logtail
