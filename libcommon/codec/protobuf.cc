#include "codec/protobuf.h"

namespace codec {
namespace {

constexpr std::uint64_t kMaxField = (1U << 29) - 1;

}  // namespace

bool ProtobufReader::next() {
  if (rest_.empty() || malformed_) return false;
  malformed_ = !take_field();
  return !malformed_;
}

bool ProtobufReader::take_field() {
  std::uint64_t key = 0;
  if (!take_varint(key) || (key >> 3) == 0 || (key >> 3) > kMaxField) return false;
  field_ = static_cast<std::uint32_t>(key >> 3);
  type_ = static_cast<unsigned>(key & 7);
  if (type_ == 0) return take_varint(number_);
  if (type_ == 1) return take_fixed(8);
  if (type_ == 5) return take_fixed(4);
  std::uint64_t length = 0;
  if (type_ != 2 || !take_varint(length) || length > rest_.size()) return false;
  bytes_ = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return true;
}

bool ProtobufReader::take_varint(std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    if (shift == 63 && byte > 1) return false;
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool ProtobufReader::take_fixed(unsigned size) {
  if (rest_.size() < size) return false;
  number_ = 0;
  for (unsigned i = 0; i < size; ++i)
    number_ |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
  rest_.remove_prefix(size);
  return true;
}

}  // namespace codec
