// What was read of a file, remembered as hashes: by the bytes just before a position a file is recognised cheaply, and
// by all of them for certain, also when they are in another file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace logtail {

// Of the bytes from `from` to `upto`. It can be extended without those before recent().
struct Trace {
  static constexpr std::uint64_t kBlock = 4096;

  std::uint64_t from = 0;
  std::uint64_t upto = 0;
  std::uint64_t chain = 0;  // of the blocks before recent(), each hashed with the hash of those before it as the seed
  std::uint64_t hash = 0;   // of the bytes from recent() on, seeded with `chain`

  bool operator==(const Trace&) const = default;

  // Two blocks or less before `upto`, and more than one where there is so much.
  [[nodiscard]] std::uint64_t recent() const;

  // Both: `bytes` begin at recent().
  [[nodiscard]] bool agrees(std::string_view bytes) const;
  [[nodiscard]] Trace extended(std::string_view bytes, std::uint64_t upto) const;

  [[nodiscard]] std::string text() const;  // four numbers with colons between them
};

// "0:0:0:0", not yet of anything, where it begins at 0; before that, a block is taken in that is not read.
base::Result<Trace> trace_at(int fd, std::string_view name, std::uint64_t position);

// Reads on from trace.upto to `upto`; less far where the file ends.
base::Result<Trace> read_on(int fd, std::string_view name, Trace trace, std::uint64_t upto);

// The bytes just before trace.upto are those that were read. / All of them are.
base::Result<bool> ends_alike(int fd, std::string_view name, const Trace& trace);
base::Result<bool> holds_all(int fd, std::string_view name, const Trace& trace);

}  // namespace logtail
