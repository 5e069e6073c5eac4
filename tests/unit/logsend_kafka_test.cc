#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tools/logsend/kafka/record_encoder.h"

namespace logsend::kafka {
namespace {

const base::Report kSilent = [](base::Level, const std::string&) {};

RecordEncoder encoder_for(const std::string& topic, const std::string& key, bool names_messages = false) {
  EventOptions options;
  options.processor.mode = codec::Mode::automatic;
  auto encoder = RecordEncoder::create(std::move(options), topic, key, names_messages);
  REQUIRE(encoder);
  return std::move(*encoder);
}

std::unique_ptr<Load> encoded(RecordEncoder encoder, const stream::Batch& batch) {
  Outbox outbox({});
  encoder.append(outbox, batch, kSilent);
  outbox.close_all();
  return outbox.take();
}

stream::Batch batch_of(const std::string& message) {
  stream::Batch batch;
  batch.append(message);
  return batch;
}

}  // namespace

TEST_CASE("kafka: a record has the message as its value, and no key or id") {
  const auto load = encoded(encoder_for("logs", ""), batch_of("one"));
  REQUIRE(load);
  CHECK(load->target == "logs");
  const Record record = record_of(load->parts[0]);
  CHECK(record.value == "one");
  CHECK(record.key.empty());
  CHECK(record.id.empty());
}

TEST_CASE("kafka: topic and key are of the message's fields") {
  const auto load = encoded(encoder_for("logs-%{appname}", "%{hostname}"), batch_of("<13>1 - web a/b@c - - - x"));
  REQUIRE(load);
  CHECK(load->target == "logs-a_b_c");
  CHECK(record_of(load->parts[0]).key == "web");
}

TEST_CASE("kafka: a message whose topic has no name is refused") {
  const auto load = encoded(encoder_for("%{appname}", ""), batch_of("<13>1 - web - - - - x"));
  REQUIRE(load);
  CHECK(load->refusal == "its topic is empty");
}

TEST_CASE("kafka: pieces of a split message have names of their own, the same when it is sent again") {
  stream::Batch batch;
  batch.append("7", "whole");
  batch.append("", "pie");
  batch.append("", "ce ");
  batch.append("8", "end");
  for (int round = 0; round < 2; ++round) {
    const auto load = encoded(encoder_for("logs", "", true), batch);
    REQUIRE(load);
    REQUIRE(load->count() == 4);
    CHECK(record_of(load->parts[0]).id == "7");
    CHECK(record_of(load->parts[1]).id == "7+1");
    CHECK(record_of(load->parts[2]).id == "7+2");
    CHECK(record_of(load->parts[3]).id == "8");
  }
}

TEST_CASE("kafka: topics that no cluster can have are usage errors") {
  for (const std::string topic : {"", ".", "..", "a b", "a/b"}) {
    CAPTURE(topic);
    CHECK_FALSE(RecordEncoder::create({}, topic, "", false));
  }
  CHECK_FALSE(RecordEncoder::create({}, "%{nonsense", "", false));
  CHECK_FALSE(RecordEncoder::create({}, std::string(250, 'a'), "", false));
  CHECK(RecordEncoder::create({}, std::string(249, 'a'), "", false));
}

}  // namespace logsend::kafka
