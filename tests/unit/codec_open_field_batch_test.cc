#include "codec/open_field_batch.h"
#include "codec/parse.h"
#include "codec_fixture.h"
#include "rules_fixture.h"

using codec::Event;
using codec::open_field_key;
using codec::OpenFieldBatch;
using Names = codec::OpenFieldBatch::Names;
using codec_test::json;
using codec_test::parsed;
using rules_test::fields;
using namespace std::string_view_literals;

TEST_CASE("a batch of open fields: they follow those that there are, in their order") {
  Event event = parsed(R"({"message":"m","a":1})");
  OpenFieldBatch batch;
  batch.add_text(open_field_key("z"), "x\"y");
  batch.add_json(open_field_key("b"), "2");
  batch.apply(event, Names::distinct);
  CHECK(fields(event) == R"({"a":1,"z":"x\"y","b":2})");
}

TEST_CASE("a batch of open fields: values are replaced where they stand") {
  Event event = parsed(R"({"message":"m","a":1,"b":2,"c":3})");
  OpenFieldBatch batch;
  batch.add_text(open_field_key("c"), "C");
  batch.add_text(open_field_key("a"), "A");
  batch.apply(event, Names::distinct);
  CHECK(fields(event) == R"({"a":"A","b":2,"c":"C"})");
}

TEST_CASE("a batch of open fields: a name that is written with escapes is found") {
  Event event = parsed(R"({"message":"m","\u0061":1})");
  OpenFieldBatch batch;
  batch.add_text(open_field_key("a"), "A");
  batch.apply(event, Names::distinct);
  CHECK(fields(event) == R"({"a":"A"})");
}

TEST_CASE("a batch of open fields: of a repeated name the last value counts, or all are a list") {
  Event last = parsed(R"({"message":"m"})");
  Event list = parsed(R"({"message":"m","a":0})");
  for (const auto& [event, names] : {std::pair(&last, Names::last), std::pair(&list, Names::list)}) {
    OpenFieldBatch batch;
    batch.add_text(open_field_key("a"), "1");
    batch.add_text(open_field_key("b"), "2");
    batch.add_text(open_field_key("a"), "3");
    batch.apply(*event, names);
  }
  CHECK(fields(last) == R"({"a":"3","b":"2"})");
  CHECK(fields(list) == R"({"a":["1","3"],"b":"2"})");
}

TEST_CASE("a batch of open fields: bytes that are not UTF-8 come back, and an old field's are forgotten") {
  Event event = parsed("{\"message\":\"m\",\"a\":\"\xef\xbf\xbd\",\"base64\":{\"a\":\"6Q==\"}}");
  REQUIRE(rules_test::field(event, "a") == "\xe9");
  OpenFieldBatch batch;
  batch.add_text(open_field_key("a"), "plain");
  batch.add_text(open_field_key("b"), "caf\xe9\0"sv);
  batch.apply(event, Names::distinct);
  CHECK(rules_test::field(event, "a") == "plain");
  CHECK(rules_test::field(event, "b") == "caf\xe9\0"sv);
  const Event again = parsed(event.keep(json(event)));
  CHECK(rules_test::field(again, "b") == "caf\xe9\0"sv);
}

TEST_CASE("a batch of open fields: a list tells which of its values are not UTF-8") {
  Event event = parsed(R"({"message":"m"})");
  OpenFieldBatch batch;
  batch.add_text(open_field_key("a"), "1");
  batch.add_text(open_field_key("a"), "\xff");
  batch.apply(event, Names::list);
  CHECK(event.members_base64 == R"(,"a":[null,"/w=="])");
}

TEST_CASE("a batch of open fields: a dotted name is found before a member of an object") {
  Event event = parsed(R"({"message":"m","user":{"id":1}})");
  OpenFieldBatch batch;
  batch.add_text(open_field_key("user.id"), "2");
  batch.apply(event, Names::distinct);
  CHECK(rules_test::field(event, "user.id") == "2");
}

TEST_CASE("a batch of open fields: an object without a message gets them itself") {
  Event event = parsed(R"({"level":"info"})");
  OpenFieldBatch batch;
  batch.add_text(open_field_key("a"), "1");
  batch.apply(event, Names::distinct);
  CHECK(event.message == R"({"level":"info","a":"1"})");
}

TEST_CASE("a batch of open fields: numbers are written as JSON has them") {
  Event event = parsed(R"({"message":"m"})");
  OpenFieldBatch batch;
  CHECK(batch.add_number(",\"a\":", "+007", false));
  CHECK(batch.add_number(",\"b\":", "-.50", true));
  CHECK(batch.add_number(",\"c\":", "12.e+3", true));
  CHECK(batch.add_number(",\"d\":", "123456789012345678901234567890", false));
  CHECK_FALSE(batch.add_number(",\"e\":", "1.5", false));
  CHECK_FALSE(batch.add_number(",\"e\":", "-", true));
  CHECK_FALSE(batch.add_number(",\"e\":", "1e", true));
  CHECK_FALSE(batch.add_number(",\"e\":", "0x10", true));
  batch.apply(event, Names::distinct);
  CHECK(fields(event) == R"({"a":7,"b":-0.50,"c":12e+3,"d":123456789012345678901234567890})");
}

TEST_CASE("a batch of open fields: ten thousand of them twice") {
  Event event = parsed(R"({"message":"m"})");
  OpenFieldBatch batch;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 10000; ++i) batch.add_text(open_field_key("f" + std::to_string(i)), std::to_string(i + round));
    batch.apply(event, Names::last);
  }
  CHECK(rules_test::field(event, "f0") == "1");
  CHECK(rules_test::field(event, "f9999") == "10000");
}
