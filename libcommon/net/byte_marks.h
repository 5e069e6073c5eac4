// Which of two counts of bytes corresponds to which: plaintext to the ciphertext that carries it. Passive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace net {

class ByteMarks {
 public:
  // More marks than so many, and the newest are merged: what they cover is known later, never too early.
  static constexpr std::size_t kMost = 4096;

  // The first `plaintext` bytes are whole in the first `ciphertext` bytes. Neither count ever goes back.
  void add(std::uint64_t plaintext, std::uint64_t ciphertext);

  // The plaintext that is whole in so much ciphertext, as far as the marks tell. Forgets the marks passed.
  std::uint64_t plaintext_in(std::uint64_t ciphertext);

  [[nodiscard]] std::size_t size() const { return marks_.size(); }

 private:
  struct Mark {
    std::uint64_t plaintext;
    std::uint64_t ciphertext;
  };
  std::deque<Mark> marks_;
  std::uint64_t passed_ = 0;  // plaintext of the newest mark forgotten
};

}  // namespace net
