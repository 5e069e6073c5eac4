// Cuts what a child writes into lines of bounded length: greetings and receipts. Passive.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace stream {

class LineReader {
 public:
  explicit LineReader(std::size_t max_line) : max_line_(max_line) {}

  void feed(std::string_view bytes) {
    buffer_.erase(0, at_);
    at_ = 0;
    buffer_ += bytes;
  }

  // The next line without its LF; valid until the next feed(). One that is over max_line is given as far as it has
  // come, so that at most max_line bytes stay here.
  std::optional<std::string_view> next() {
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos && rest.size() <= max_line_) return {};
    at_ += end == std::string_view::npos ? rest.size() : end + 1;
    return rest.substr(0, end);
  }

 private:
  std::size_t max_line_;
  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace stream
