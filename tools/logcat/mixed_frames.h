// Frames of a stream that does not say how its messages are framed: each is recognised by how it starts. Passive.
//
//   LENGTH SP message    where the stream has a number of at most max_message and a space: octet counting
//   message LF           else; a CR before the LF is dropped
//   message NUL
//
// Behind a counted frame LF, CR, NUL, spaces and TABs are skipped. What is no count (digits that no space follows, a
// number that is too large or has a leading zero) belongs to a text. docs/decisions/0007.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "stream/batch.h"

namespace logcat {

class MixedFrames {
 public:
  explicit MixedFrames(std::size_t max_message) : max_message_(max_message) {}

  // Takes all of `bytes`; appends every message that is now whole.
  void feed(std::string_view bytes, stream::Batch& out);

  // The stream has ended: an unterminated text is a message; half a counted frame is an error (Kind::data).
  base::Result<void> finish(stream::Batch& out);

  // Texts that were cut because they were over max_message.
  [[nodiscard]] std::uint64_t split() const { return split_; }
  // Bytes held back because their frame is not complete.
  [[nodiscard]] std::size_t pending() const { return held_.size() + (cr_ ? 1 : 0); }

 private:
  enum class State {
    start,    // of a frame
    behind,   // a counted frame: separators are skipped
    count,    // held_ has digits, which may be a count
    counted,  // held_ has the beginning of a counted message, of which missing_ bytes are to come
    text,     // held_ has the beginning of a text
  };

  // Where a byte is next, looked for once however often it is asked for.
  class Finder {
   public:
    explicit Finder(char wanted) : wanted_(wanted) {}
    void restart() { at_ = nullptr; }
    // `end` where there is none. `from` must grow from call to call.
    const char* find(const char* from, const char* end) {
      return at_ != nullptr && at_ >= from ? at_ : search(from, end);
    }

   private:
    const char* search(const char* from, const char* end) {
      const void* found = from == end ? nullptr : std::memchr(from, wanted_, static_cast<std::size_t>(end - from));
      return at_ = found == nullptr ? end : static_cast<const char*>(found);
    }

    char wanted_;
    const char* at_ = nullptr;
  };

  void take_whole(std::string_view& bytes, stream::Batch& out);
  bool take_counted_frame(std::string_view& bytes, stream::Batch& out);
  void take_texts(std::string_view& bytes, stream::Batch& out);
  void take_digits(std::string_view& bytes, stream::Batch& out);
  void take_rest_of_counted(std::string_view& bytes, stream::Batch& out);
  void take_rest_of_text(std::string_view& bytes, stream::Batch& out);
  const char* end_of_text(const char* from, const char* end) {
    return std::min(lf_.find(from, end), nul_.find(from, end));
  }
  void skip_separators(std::string_view& bytes);
  void append_text(std::string_view text, stream::Batch& out);
  void hold(std::string_view text, stream::Batch& out);
  void give_held(stream::Batch& out);

  std::size_t max_message_;
  State state_ = State::start;
  std::string held_;
  bool cr_ = false;           // behind held_, a CR that an LF may follow
  bool cutting_ = false;      // pieces of the text in held_ were given already
  std::size_t promised_ = 0;  // the count of the frame at hand
  std::size_t missing_ = 0;
  std::uint64_t split_ = 0;
  Finder lf_{'\n'};
  Finder nul_{'\0'};
  std::vector<std::uint32_t> lengths_;  // kept for its capacity only
};

}  // namespace logcat
