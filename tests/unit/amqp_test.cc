#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "codec/amqp_message.h"
#include "codec/amqp_publisher.h"
#include "codec/amqp_session.h"
#include "codec/amqp_wire.h"
#include "messages.h"

using namespace std::string_literals;
using codec::AmqpMethod;
using codec::AmqpSession;
using Stage = AmqpSession::Stage;
using Strings = std::vector<std::string>;

namespace {

std::string method_frame(std::uint16_t channel, AmqpMethod method, std::string_view arguments) {
  std::string out;
  {
    const codec::AmqpFrameWriter frame(out, codec::AmqpFrameType::method, channel);
    codec::append_amqp_number(out, static_cast<std::uint32_t>(method), 4);
    out += arguments;
  }
  return out;
}

// What RabbitMQ says to one who logs in.
const std::string kStart = method_frame(0, AmqpMethod::connection_start,
                                        "\0\x09\0\0\0\0\0\0\0\x0E"
                                        "AMQPLAIN PLAIN\0\0\0\x05"
                                        "en_US"s);
const std::string kTune = method_frame(0, AmqpMethod::connection_tune, "\x07\xFF\0\x02\0\0\0\x3C"s);
const std::string kOpenOk = method_frame(0, AmqpMethod::connection_open_ok, "\0"s);
const std::string kChannelOk = method_frame(1, AmqpMethod::channel_open_ok, "\0\0\0\0"s);
const std::string kSelectOk = method_frame(1, AmqpMethod::confirm_select_ok, "");
const std::string kWelcome = kStart + kTune + kOpenOk + kChannelOk + kSelectOk;

class Owner final : public AmqpSession::Owner {
 public:
  Strings said;

 private:
  base::Result<void> opened() override {
    said.emplace_back("opened");
    return {};
  }
  base::Result<void> heard(AmqpMethod method, codec::AmqpCursor arguments) override {
    said.push_back("heard " + std::to_string(static_cast<unsigned>(method) & 0xFFFF) + " " +
                   std::to_string(arguments.long_long_number()));
    return {};
  }
  base::Result<void> content(AmqpMethod, codec::AmqpCursor arguments, std::string_view properties,
                             std::uint64_t size) override {
    arguments.short_number();
    said.push_back("content " + std::string(codec::amqp_message_id(properties)) + " " + std::to_string(size));
    return {};
  }
  base::Result<void> body(std::string_view piece) override {
    said.push_back("body " + std::string(piece));
    return {};
  }
};

std::vector<codec::AmqpRequest> select() {
  return {{AmqpMethod::confirm_select, "\0"s, AmqpMethod::confirm_select_ok}};
}

// A message that is returned, and the confirm of another one.
std::string returned(std::string_view id) {
  std::string out = method_frame(1, AmqpMethod::basic_return, "\x01\x38\x08NO_ROUTE\0\x01k"s);
  {
    const codec::AmqpFrameWriter frame(out, codec::AmqpFrameType::header, 1);
    codec::append_amqp_number(out, std::uint64_t{60} << 16, 4);
    codec::append_amqp_number(out, 5, 8);
    codec::append_amqp_properties(out, {.message_id = id});
  }
  for (const std::string_view piece : {"he", "llo"}) {
    const codec::AmqpFrameWriter frame(out, codec::AmqpFrameType::body, 1);
    out += piece;
  }
  return out + method_frame(1, AmqpMethod::basic_ack, "\0\0\0\0\0\0\0\x07\x01"s);
}

const Strings kHeard{"opened", "content id 5", "body he", "body llo", "heard 80 7"};

std::string record(std::string_view id, std::string_view body) {
  std::string properties;
  codec::append_amqp_properties(properties, {.message_id = id});
  std::string out;
  codec::append_amqp_record(out, {.exchange = "e", .routing_key = "k", .properties = properties, .body = body});
  return out;
}

codec::AmqpCursor confirm(std::string& space, std::uint64_t tag, bool multiple) {
  space.clear();
  codec::append_amqp_number(space, tag, 8);
  space += static_cast<char>(multiple);
  return codec::AmqpCursor(space);
}

struct Publisher {
  explicit Publisher(std::size_t window = 100, codec::Settlement settlement = codec::Settlement::settled)
      : publisher(window, [this, settlement](const codec::Rejection& rejection) {
          rejected.push_back(std::string(rejection.message) + ": " + std::string(rejection.reason));
          return settlement;
        }) {
    stream::Batch batch;
    for (const char* name : {"a", "b", "c", "d"}) batch.append(record(name, name));
    publisher.append(batch);
    publisher.opened();
  }
  std::size_t fill() {
    std::string out;
    const std::size_t before = publisher.unanswered();
    publisher.fill(out, 4096, 1 << 20);
    return publisher.unanswered() - before;
  }
  void hear(AmqpMethod method, std::uint64_t tag, bool multiple) {
    REQUIRE(publisher.heard(method, confirm(space, tag, multiple)));
  }
  std::uint64_t safe() const { return publisher.backlog().safe(); }

  Strings rejected;
  std::string space;
  codec::AmqpPublisher publisher;
};

std::string return_of(std::string_view id) {
  std::string properties;
  codec::append_amqp_properties(properties, {.message_id = id});
  return properties;
}

}  // namespace

TEST_CASE("a message on the wire is publish, header and body, byte for byte") {
  std::string properties;
  codec::append_amqp_properties(
      properties,
      {.content_type = "t", .headers = {{"h", "v"}}, .message_id = "id", .timestamp = 258, .app_id = "app"});
  std::string out;
  codec::append_amqp_publish(out, {.exchange = "ex", .routing_key = "key", .properties = properties, .body = "body"},
                             4096);
  const std::string method =
      "\x01\0\x01\0\0\0\x0E\0\x3C\0\x28\0\0\x02"
      "ex\x03key\x01\xCE"s;
  const std::string header =
      "\x02\0\x01\0\0\0\x2C\0\x3C\0\0\0\0\0\0\0\0\0\x04\xB0\xC8\x01t\0\0\0\x08\x01hS\0\0\0\x01v\x02\x02id\0\0\0\0\0\0"
      "\x01\x02\x03"
      "app\xCE"s;
  const std::string body =
      "\x03\0\x01\0\0\0\x04"
      "body\xCE"s;
  CHECK(out.substr(0, method.size()) == method);
  CHECK(out.substr(method.size(), header.size()).substr(7) == header.substr(7));
  CHECK(out.substr(out.size() - body.size()) == body);
  CHECK(codec::amqp_message_id(properties) == "id");
}

TEST_CASE("a long body is divided into frames") {
  std::string out;
  codec::append_amqp_publish(out, {.body = std::string(5000, 'x')}, 4096);
  codec::AmqpReader reader;
  std::string_view bytes = out;
  codec::AmqpFrame frame;
  std::vector<std::size_t> sizes;
  while (*reader.next(bytes, frame)) sizes.push_back(frame.payload.size());
  CHECK(sizes == std::vector<std::size_t>{9, 12, 4088, 912});
}

TEST_CASE("frames are cut from any pieces, and damage is noticed") {
  const std::string stream = kWelcome + returned("id");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{13}, stream.size()}) {
    AmqpSession session;
    Owner owner;
    session.open({}, select());
    for (std::size_t at = 0; at < stream.size(); at += piece)
      REQUIRE(session.feed(std::string_view(stream).substr(at, piece), owner));
    CHECK(owner.said == kHeard);
    CHECK(session.heartbeat() == std::chrono::seconds(60));
  }
  std::string damaged = stream;
  damaged[kStart.size() - 1] = 'x';
  AmqpSession session;
  Owner owner;
  session.open({}, select());
  CHECK(session.feed(damaged, owner).error().why == "a frame has no end where it should have one");
}

TEST_CASE("a frame that is too long, and one who is no server of AMQP 0-9-1, are told from the start") {
  const auto error_of = [](std::string_view bytes) {
    AmqpSession session;
    Owner owner;
    session.open({}, {});
    return session.feed(bytes, owner).error().why;
  };
  CHECK(error_of("\x01\0\0\x7F\0\0\0"s) == "a frame of 2130706432 bytes is longer than was agreed on");
  CHECK(error_of("AMQP\0\x01\0\0"s) == "the server does not speak AMQP 0-9-1");
  CHECK(error_of("HTTP/1.1 400") == "what the server sends is not AMQP");
}

TEST_CASE("the login is said as the server asks for it") {
  AmqpSession session;
  Owner owner;
  session.open({.user = "u", .password = "p", .vhost = "v"}, {});
  CHECK(session.output().view() == codec::kAmqpGreeting);
  REQUIRE(session.feed(kStart, owner));
  CHECK(session.output().view().find("\x05PLAIN\0\0\0\x04\0u\0p\x05"
                                     "en_US\xCE"s) != std::string_view::npos);
  REQUIRE(session.feed(kTune, owner));
  const std::string tuned = method_frame(0, AmqpMethod::connection_tune_ok, "\0\x01\0\x02\0\0\0\x3C"s) +
                            method_frame(0, AmqpMethod::connection_open, "\x01v\0\0"s);
  CHECK(session.output().view().ends_with(tuned));
}

TEST_CASE("alarms, and why the server closes, are known") {
  AmqpSession session;
  Owner owner;
  session.open({}, select());
  REQUIRE(session.feed(kWelcome + method_frame(0, AmqpMethod::connection_blocked, "\x03low"), owner));
  CHECK(session.blocked() == "low");
  REQUIRE(session.feed(method_frame(0, AmqpMethod::connection_unblocked, ""), owner));
  CHECK_FALSE(session.blocked());
  const auto closed =
      session.feed(method_frame(1, AmqpMethod::channel_close, "\x01\x94\x09NOT_FOUND\0\x3C\0\x28"s), owner);
  CHECK(closed.error().why == "the server closes the channel: 404 NOT_FOUND");
  CHECK(session.closure()->cause == AmqpMethod::basic_publish);
}

TEST_CASE("an orderly end is answered") {
  AmqpSession session;
  Owner owner;
  session.open({}, select());
  REQUIRE(session.feed(kWelcome, owner));
  session.close();
  REQUIRE(session.feed(method_frame(0, AmqpMethod::connection_close_ok, ""), owner));
  CHECK(session.stage() == Stage::left);
}

TEST_CASE("messages are safe in order, whatever the order of their confirms") {
  Publisher p;
  CHECK(p.fill() == 4);
  p.hear(AmqpMethod::basic_ack, 2, false);
  CHECK(p.safe() == 0);
  p.hear(AmqpMethod::basic_ack, 3, true);
  CHECK(p.safe() == 3);
  p.hear(AmqpMethod::basic_ack, 0, true);
  CHECK(p.safe() == 4);
  CHECK_FALSE(p.publisher.heard(AmqpMethod::basic_ack, confirm(p.space, 9, false)));
}

TEST_CASE("what a lost channel had not confirmed is published again, with tags from 1") {
  Publisher p;
  p.fill();
  p.hear(AmqpMethod::basic_ack, 1, false);
  REQUIRE(p.publisher.disconnected(nullptr));
  CHECK(p.fill() == 3);
  p.hear(AmqpMethod::basic_ack, 3, true);
  CHECK(p.safe() == 4);
}

TEST_CASE("what is refused for now is published again when all others are answered") {
  Publisher p;
  p.fill();
  p.hear(AmqpMethod::basic_nack, 2, false);
  CHECK(p.fill() == 0);
  CHECK_FALSE(p.publisher.refused());
  p.hear(AmqpMethod::basic_ack, 1, false);
  p.hear(AmqpMethod::basic_ack, 3, false);
  p.hear(AmqpMethod::basic_nack, 4, true);
  CHECK(p.publisher.refused());
  p.publisher.again();
  CHECK(p.fill() == 2);
  p.hear(AmqpMethod::basic_ack, 6, true);
  CHECK(p.safe() == 4);
}

TEST_CASE("a message that is returned is rejected, and its confirm makes it no safer") {
  Publisher p(100, codec::Settlement::pending);
  p.fill();
  const std::string arguments =
      "\x01\x38\x08NO_ROUTE\x01"
      "e\x01k"s;
  REQUIRE(p.publisher.returned(codec::AmqpCursor(arguments), return_of("c")));
  p.hear(AmqpMethod::basic_ack, 4, true);
  CHECK(p.rejected == Strings{"c: 312 NO_ROUTE, exchange 'e', routing key 'k'"});
  CHECK(p.safe() == 2);
  p.publisher.settle(2);
  CHECK(p.safe() == 4);
  CHECK_FALSE(p.publisher.returned(codec::AmqpCursor(arguments), return_of("c")));
}

TEST_CASE("the message for which a channel is closed is found one by one") {
  Publisher p;
  const codec::AmqpClosure closure{406, "PRECONDITION_FAILED", AmqpMethod::basic_publish};
  p.fill();
  REQUIRE(p.publisher.disconnected(&closure));
  CHECK(p.rejected.empty());
  CHECK(p.fill() == 1);
  p.hear(AmqpMethod::basic_ack, 1, false);
  CHECK(p.fill() == 1);
  REQUIRE(p.publisher.disconnected(&closure));
  CHECK(p.rejected == Strings{"b: 406 PRECONDITION_FAILED"});
  CHECK(p.safe() == 2);
  CHECK(p.fill() == 1);
}

TEST_CASE("an exchange that is missing is not a message's fault") {
  Publisher p;
  const codec::AmqpClosure closure{404, "NOT_FOUND", AmqpMethod::basic_publish};
  p.fill();
  REQUIRE(p.publisher.disconnected(&closure));
  CHECK(p.fill() == 4);
}
