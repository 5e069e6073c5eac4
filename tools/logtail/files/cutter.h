// Finds where messages end in the bytes of a file. Passive.
//
// A message is a line, or with a start pattern, a line that it is found in and those up to the next such line. Where
// messages end depends on nothing but the bytes from the beginning of the first on, so that what was read once can be
// cut again the same way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace logtail {

using Pattern = std::shared_ptr<const re2::RE2>;

// Kind::usage with the reason where it is none.
base::Result<Pattern> compile_pattern(std::string_view text);

// What becomes of bytes at the end that are no whole message yet.
enum class Rest {
  wait,   // for more
  lines,  // whole lines are a message, an unterminated one waits
  all,    // they are a message
};

struct Cut {
  std::size_t used = 0;   // bytes in messages
  bool whole = true;      // each message ends with its LF
  bool inner_lf = false;  // and others may be inside
  std::uint64_t split = 0;
};

class Cutter {
 public:
  explicit Cutter(std::size_t max_message, Pattern start = {}) : max_message_(max_message), start_(std::move(start)) {}

  // Appends to `ends` where the messages in `bytes` end, LF included, until they have `limit` bytes. A message longer
  // than max_message ends there, and in the next one it goes on; so more bytes than that always hold one.
  Cut cut(std::string_view bytes, Rest rest, std::size_t limit, std::vector<std::uint32_t>& ends) const;

  [[nodiscard]] std::size_t max_message() const { return max_message_; }

 private:
  Cut cut_lines(std::string_view bytes, Rest rest, std::size_t limit, std::vector<std::uint32_t>& ends) const;
  Cut cut_records(std::string_view bytes, Rest rest, std::size_t limit, std::vector<std::uint32_t>& ends) const;
  [[nodiscard]] bool starts(std::string_view line) const;

  std::size_t max_message_;
  Pattern start_;
};

// The message that ends at `end`, without its LF.
inline std::string_view message_at(std::string_view bytes, std::size_t begin, std::size_t end) {
  if (end > begin && bytes[end - 1] == '\n') --end;
  return bytes.substr(begin, end - begin);
}

}  // namespace logtail
