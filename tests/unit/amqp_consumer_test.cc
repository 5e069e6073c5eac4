#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "codec/amqp_consumer.h"
#include "codec/amqp_event.h"
#include "codec/amqp_message.h"
#include "codec/amqp_wire.h"

using namespace std::string_literals;

namespace {

// "ack 7", "reject 3", for each frame.
std::string answers(std::string_view bytes) {
  std::string out;
  codec::AmqpReader reader;
  for (codec::AmqpFrame frame; *reader.next(bytes, frame);) {
    codec::AmqpCursor cursor(frame.payload);
    const bool ack = cursor.long_number() == static_cast<std::uint32_t>(codec::AmqpMethod::basic_ack);
    const std::uint64_t tag = cursor.long_long_number();
    out += (ack ? "ack " : "reject ") + std::to_string(tag) + " " + std::to_string(cursor.octet()) + "\n";
  }
  return out;
}

std::string json_of(std::string_view properties, std::string_view body) {
  codec::AmqpEvent event;
  CHECK(event.begin({.tag = 1, .exchange = "e", .routing_key = "k"}, properties));
  std::string out;
  event.append_json(out, body);
  return out;
}

std::string value(std::string_view bytes) {
  std::string out;
  codec::AmqpCursor cursor(bytes);
  return codec::append_amqp_value(out, cursor) && cursor.rest().empty() ? out : "none";
}

}  // namespace

TEST_CASE("deliveries are acknowledged together, the last of a cut message with all of it") {
  codec::AmqpConsumer consumer;
  consumer.delivered(1, 1);
  consumer.delivered(2, 4);
  consumer.delivered(3, 5);
  std::string out;
  consumer.acknowledge(out, 3);
  CHECK(answers(out) == "ack 1 1\n");
  consumer.acknowledge(out, 5);
  CHECK(answers(out) == "ack 1 1\nack 3 1\n");
  consumer.acknowledge(out, 9);
  CHECK(answers(out) == "ack 1 1\nack 3 1\n");
}

TEST_CASE("what was delivered on a lost channel is never acknowledged") {
  codec::AmqpConsumer consumer;
  consumer.delivered(1, 1);
  consumer.delivered(2, 2);
  consumer.forget();
  consumer.delivered(1, 3);
  std::string out;
  consumer.acknowledge(out, 2);
  CHECK(out.empty());
  consumer.acknowledge(out, 3);
  CHECK(answers(out) == "ack 1 1\n");
}

TEST_CASE("a rejected delivery is not acknowledged by its own tag, which the server has forgotten") {
  codec::AmqpConsumer consumer;
  for (std::uint64_t i = 1; i <= 3; ++i) consumer.delivered(i, i);
  std::string out;
  CHECK(consumer.reject(out, 2));
  CHECK_FALSE(consumer.reject(out, 2));
  CHECK_FALSE(consumer.reject(out, 7));
  consumer.acknowledge(out, 2);
  CHECK(answers(out) == "reject 2 0\nack 1 1\n");
  CHECK(consumer.reject(out, 3));
  consumer.acknowledge(out, 3);
  CHECK(answers(out) == "reject 2 0\nack 1 1\nreject 3 0\n");
  CHECK(consumer.unacknowledged() == 0);
}

TEST_CASE("a delivery without all of its arguments makes no sense") {
  const std::string all =
      "\x01t\0\0\0\0\0\0\0\x09\x01\x01"
      "e\x01"
      "k"s;
  const codec::AmqpDelivery delivery = codec::read_amqp_delivery(codec::AmqpCursor(all));
  CHECK(delivery.tag == 9);
  CHECK(delivery.redelivered);
  CHECK(delivery.exchange == "e");
  CHECK(delivery.routing_key == "k");
  CHECK(codec::read_amqp_delivery(codec::AmqpCursor(std::string_view(all).substr(0, 13))).tag == 0);
}

TEST_CASE("properties become fields and the members of amqp") {
  std::string properties;
  codec::append_amqp_properties(properties, {.content_type = "text/plain",
                                             .headers = {{"hostname", "web"}, {"severity", "err"}, {"x", "y"}},
                                             .message_id = "q/2:1",
                                             .timestamp = 1065910455,
                                             .app_id = "su"});
  CHECK(
      json_of(properties, "failed") ==
      R"({"timestamp":"2003-10-11T22:14:15Z","hostname":"web","appname":"su","severity":"err","message":"failed",)"
      R"("amqp":{"exchange":"e","routing_key":"k","content_type":"text/plain","headers":{"x":"y"},"message_id":"q/2:1"}})");
}

TEST_CASE("a body of JSON keeps its own fields, and what is no JSON is text") {
  std::string properties;
  codec::append_amqp_properties(properties,
                                {.content_type = "application/json", .headers = {{"hostname", "web"}}, .app_id = "su"});
  CHECK(json_of(properties, R"({"appname":"own","message":"m","a":1})") ==
        R"({"hostname":"web","appname":"own","message":"m","a":1,)"
        R"("amqp":{"exchange":"e","routing_key":"k","content_type":"application/json"}})");
  CHECK(json_of(properties, R"({"appname)") ==
        R"({"hostname":"web","appname":"su","message":"{\"appname",)"
        R"("amqp":{"exchange":"e","routing_key":"k","content_type":"application/json"}})");
}

TEST_CASE("properties that are cut off are noticed") {
  std::string properties;
  codec::append_amqp_properties(properties, {.headers = {{"hostname", "web"}}, .app_id = "su"});
  for (std::size_t length = 0; length < properties.size(); ++length) {
    codec::AmqpEvent event;
    CHECK_FALSE(event.begin({.tag = 1}, std::string_view(properties).substr(0, length)));
  }
}

TEST_CASE("values of tables are JSON, whatever their type") {
  CHECK(value("t\x01"s) == "true");
  CHECK(value("b\xFF"s) == "-1");
  CHECK(value("I\xFF\xFF\xFF\xFE"s) == "-2");
  CHECK(value("T\0\0\0\0\0\0\0\x05"s) == "5");
  CHECK(value("D\x02\0\0\0\x07"s) == "7e-2");
  CHECK(value("d\x3F\xF8\0\0\0\0\0\0"s) == "1.5");
  CHECK(value("d\x7F\xF8\0\0\0\0\0\0"s) == "null");
  CHECK(value("S\0\0\0\x02\"\n"s) == R"("\"\n")");
  CHECK(value("A\0\0\0\x04t\0Vt"s) == "none");
  CHECK(value("A\0\0\0\x03t\0V"s) == "[false,null]");
  CHECK(value("F\0\0\0\x04\x01"
              "at\x01"s) == R"({"a":true})");
  CHECK(value("?"s) == "none");
  std::string nested;
  for (int i = 0; i < 100; ++i) {
    std::string outer = "A";
    codec::append_amqp_long(outer, nested);
    nested = outer;
  }
  CHECK(value(nested) == "none");
}
