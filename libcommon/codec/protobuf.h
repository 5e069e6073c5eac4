// Reads Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding/), one message at a time and
// without its schema: docs/decisions/0030-reading-protobuf.md. A field that is a message is read by a reader of its
// own, so how deep messages are nested is for the caller to bound.
//
//   ProtobufReader fields(bytes);
//   while (fields.next()) {
//     if (fields.is_bytes(1)) name = fields.bytes();
//     if (fields.is_varint(2)) count = fields.number();
//   }
//   if (!fields.complete()) ...malformed
#pragma once

#include <cstdint>
#include <string_view>

namespace codec {

class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  // False at the end, and where the bytes are malformed. Groups, which were given up long ago, are malformed here.
  bool next();
  // After next() was false: all of the message was read.
  [[nodiscard]] bool complete() const { return !malformed_ && rest_.empty(); }

  // Which field it is, and of which type. Fields of other numbers or types are to be skipped, as all readers do.
  [[nodiscard]] bool is_varint(std::uint32_t field) const { return is(field, 0); }
  [[nodiscard]] bool is_fixed64(std::uint32_t field) const { return is(field, 1); }
  [[nodiscard]] bool is_bytes(std::uint32_t field) const { return is(field, 2); }
  [[nodiscard]] bool is_fixed32(std::uint32_t field) const { return is(field, 5); }

  // Of a varint, fixed32 or fixed64; signed ones in two's complement.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  // A view into the message.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  [[nodiscard]] bool is(std::uint32_t field, unsigned type) const { return field_ == field && type_ == type; }
  bool take_varint(std::uint64_t& value);
  bool take_fixed(unsigned size);
  bool take_field();

  std::string_view rest_;
  std::uint32_t field_ = 0;
  unsigned type_ = 0;
  std::uint64_t number_ = 0;
  std::string_view bytes_;
  bool malformed_ = false;
};

}  // namespace codec
