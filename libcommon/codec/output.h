// Bytes that wait to be written to a peer. Passive.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace codec {

class Output {
 public:
  [[nodiscard]] std::string& bytes() { return bytes_; }  // where they are appended
  [[nodiscard]] std::string_view view() const { return std::string_view(bytes_).substr(sent_); }
  [[nodiscard]] std::size_t size() const { return bytes_.size() - sent_; }

  void sent(std::size_t count) {
    sent_ += count;
    if (sent_ < bytes_.size() && sent_ < kSpare) return;
    bytes_.erase(0, sent_);
    sent_ = 0;
    if (bytes_.empty() && bytes_.capacity() > 2 * kSpare) bytes_.shrink_to_fit();
  }
  void clear() {
    bytes_.clear();
    sent_ = 0;
  }

 private:
  static constexpr std::size_t kSpare = 256 << 10;  // more than this is not kept for its capacity, or when sent
  std::string bytes_;
  std::size_t sent_ = 0;
};

}  // namespace codec
