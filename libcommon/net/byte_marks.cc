#include "net/byte_marks.h"

namespace net {

void ByteMarks::add(std::uint64_t plaintext, std::uint64_t ciphertext) {
  if (marks_.size() == kMost) marks_.pop_back();
  marks_.push_back({plaintext, ciphertext});
}

std::uint64_t ByteMarks::plaintext_in(std::uint64_t ciphertext) {
  while (!marks_.empty() && marks_.front().ciphertext <= ciphertext) {
    passed_ = marks_.front().plaintext;
    marks_.pop_front();
  }
  return passed_;
}

}  // namespace net
