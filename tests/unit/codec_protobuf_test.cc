#include "codec/protobuf.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace std::string_literals;

// Whether there is one field and nothing else.
bool is_one_field(const std::string& bytes) {
  codec::ProtobufReader fields(bytes);
  return fields.next() && !fields.next() && fields.complete();
}

std::uint64_t number(const std::string& bytes) {
  codec::ProtobufReader fields(bytes);
  REQUIRE(fields.next());
  return fields.number();
}

}  // namespace

TEST_CASE("protobuf: the examples of the encoding's documentation") {
  codec::ProtobufReader varint("\x08\x96\x01");
  REQUIRE(varint.next());
  CHECK(varint.is_varint(1));
  CHECK_FALSE(varint.is_varint(2));
  CHECK_FALSE(varint.is_bytes(1));
  CHECK(varint.number() == 150);
  codec::ProtobufReader text("\x12\x07testing");
  REQUIRE(text.next());
  CHECK(text.is_bytes(2));
  CHECK(text.bytes() == "testing");
  CHECK_FALSE(text.next());
  CHECK(text.complete());
}

TEST_CASE("protobuf: numbers") {
  CHECK(static_cast<std::int64_t>(number("\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01")) == -2);
  CHECK(number("\x09\x01\x02\x03\x04\x05\x06\x07\x88"s) == 0x8807060504030201);
  CHECK(number("\x0d\x01\x02\x03\x04"s) == 0x04030201);
  CHECK(number("\x08\x80\x00"s) == 0);
}

TEST_CASE("protobuf: what is malformed is not complete") {
  CHECK(is_one_field("\xf8\xff\xff\xff\x0f\x00"s));        // field 2^29-1
  CHECK_FALSE(is_one_field("\xf8\xff\xff\xff\x1f\x00"s));  // one more
  CHECK_FALSE(is_one_field("\x00\x00"s));                  // field 0
  CHECK_FALSE(is_one_field("\x0b\x0c"s));                  // a group
  CHECK_FALSE(is_one_field("\x0e\x00"s));                  // types that there are none of
  CHECK_FALSE(is_one_field("\x0f\x00"s));
  CHECK_FALSE(is_one_field("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));       // 65 bits
  CHECK_FALSE(is_one_field("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"s));  // eleven bytes
  CHECK_FALSE(is_one_field("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"));      // a length beyond all memory
  CHECK_FALSE(is_one_field(""));
}

TEST_CASE("protobuf: a field that is cut off anywhere is malformed") {
  for (const std::string& field :
       {"\x08\x96\x01"s, "\x12\x07testing"s, "\x09\x01\x02\x03\x04\x05\x06\x07\x08"s, "\x0d\x01\x02\x03\x04"s}) {
    CHECK(is_one_field(field));
    for (std::size_t length = 0; length < field.size(); ++length) CHECK_FALSE(is_one_field(field.substr(0, length)));
  }
}
