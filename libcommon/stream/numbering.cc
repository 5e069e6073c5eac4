#include <charconv>

#include <cstring>

#include "stream/batch.h"

namespace stream {
namespace {

// Decimal digits that count up: much cheaper than to write each number anew.
class Counter {
 public:
  explicit Counter(std::uint64_t first)
      : size_(static_cast<std::size_t>(std::to_chars(digits_, digits_ + kMaxDigits, first).ptr - digits_)) {}

  [[nodiscard]] const char* digits() const { return digits_; }
  [[nodiscard]] std::size_t size() const { return size_; }

  void increment() {
    std::size_t at = size_;
    while (at > 0 && digits_[at - 1] == '9') digits_[--at] = '0';
    if (at > 0) {
      ++digits_[at - 1];
      return;
    }
    digits_[0] = '1';  // and as many zeros as there were nines
    digits_[size_++] = '0';
  }

  static constexpr std::size_t kMaxDigits = 20;

 private:
  char digits_[kMaxDigits + 1]{};
  std::size_t size_;
};

}  // namespace

void Batch::number_from(std::uint64_t first) {
  std::size_t at = ids_.size();
  const std::size_t unnumbered = lengths_.size() - id_ends_.size();
  ids_.resize(at + unnumbered * Counter::kMaxDigits);
  id_ends_.reserve(lengths_.size());
  Counter next(first);
  for (std::size_t i = 0; i < unnumbered; ++i, next.increment()) {
    std::memcpy(ids_.data() + at, next.digits(), Counter::kMaxDigits);  // of a fixed size: the rest is overwritten
    at += next.size();
    id_ends_.push_back(static_cast<std::uint32_t>(at));
  }
  ids_.resize(at);
}

}  // namespace stream
