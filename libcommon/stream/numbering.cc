#include <charconv>

#include "stream/batch.h"

namespace stream {

void Batch::number_from(std::uint64_t first) {
  constexpr std::size_t kMaxDigits = 20;
  std::size_t at = ids_.size();
  const std::size_t unnumbered = lengths_.size() - id_ends_.size();
  ids_.resize(at + unnumbered * kMaxDigits);
  id_ends_.reserve(lengths_.size());
  for (std::size_t i = 0; i < unnumbered; ++i) {
    char* const digits = ids_.data() + at;
    at += static_cast<std::size_t>(std::to_chars(digits, digits + kMaxDigits, first + i).ptr - digits);
    id_ends_.push_back(static_cast<std::uint32_t>(at));
  }
  ids_.resize(at);
}

}  // namespace stream
