#include "codec/json_object.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

using codec::JsonObject;

TEST_CASE("a JSON object has its members in their order") {
  const JsonObject object{{"text", "a \"b\"\n\\\x01"}, {"number", 3}, {"yes", true}, {"negative", -7}};
  CHECK(object.text() == R"({"text":"a \"b\"\n\\\u0001","number":3,"yes":true,"negative":-7})");
  CHECK(JsonObject({}).text() == "{}");
}

TEST_CASE("numbers in JSON keep what they are") {
  CHECK(JsonObject({{"n", std::numeric_limits<std::uint64_t>::max()}}).text() == R"({"n":18446744073709551615})");
  CHECK(JsonObject({{"n", 0.1}}).text() == R"({"n":0.1})");
  CHECK(JsonObject({{"n", 3600.0}}).text() == R"({"n":3600.0})");
}

TEST_CASE("what is not there is null in JSON") {
  CHECK(JsonObject({{"a", std::optional<std::uint64_t>()}, {"b", std::optional<std::string>("c")}}).text() ==
        R"({"a":null,"b":"c"})");
}

TEST_CASE("a JSON object holds lists of objects") {
  const std::vector<JsonObject> list{{{"a", 1}}, {{"b", 2}}};
  CHECK(JsonObject({{"list", list}, {"none", std::vector<JsonObject>()}}).text() ==
        R"({"list":[{"a":1},{"b":2}],"none":[]})");
}

TEST_CASE("what is not UTF-8 is replaced in JSON") {
  CHECK(JsonObject({{"a", "caf\xe9"}}).text() == "{\"a\":\"caf\xef\xbf\xbd\"}");
}
