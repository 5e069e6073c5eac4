#include <doctest/doctest.h>

#include <vector>

#include "codec/json_fields.h"

namespace {

std::string object(std::vector<codec::NamedBytes> fields) {
  return codec::json_object_of(fields);
}

}  // namespace

TEST_CASE("fields become an object in their order") {
  CHECK(object({{"b", "1"}, {"a", "say \"x\"\n"}}) == R"({"b":"1","a":"say \"x\"\n"})");
  CHECK(object({}) == "{}");
}

TEST_CASE("a repeated name keeps all its values, where it first stood") {
  CHECK(object({{"a", "1"}, {"b", "x"}, {"a", "2"}, {"a", "1"}}) == R"({"a":["1","2","1"],"b":"x"})");
}

TEST_CASE("a value that is not UTF-8 is there in base64 too") {
  CHECK(object({{"a", "1"}, {"b", "caf\xE9"}}) == R"({"a":"1","b":"caf�","base64":{"b":"Y2Fm6Q=="}})");
  CHECK(object({{"b", "x"}, {"b", "\xFF"}}) == R"({"b":["x","�"],"base64":{"b":[null,"/w=="]}})");
}

TEST_CASE("a name that is not UTF-8 or could be taken for ours is written in base64") {
  CHECK(object({{"\xFF", "x"}}) == R"({"base64:/w==":"x"})");
  CHECK(object({{"base64", "x"}}) == R"({"base64:YmFzZTY0":"x"})");
  CHECK(object({{"base64:/w==", "x"}, {"\xFF", "y"}}) == R"({"base64:YmFzZTY0Oi93PT0=":"x","base64:/w==":"y"})");
}
