#include "rules/merging.h"

#include <doctest/doctest.h>

#include <vector>

namespace {

using stream::Next;
using Strings = std::vector<std::string>;

class Given final : public stream::Source {
 public:
  Given(Strings texts, std::vector<std::uint64_t>& acknowledged)
      : texts_(std::move(texts)), acknowledged_(acknowledged) {}
  base::Result<Next> read(stream::Batch& batch, std::size_t) override {
    for (const std::string& text : texts_) batch.append("<13>1 - h1 app - - - " + text);
    batch.number_from(1);
    return Next::end;
  }
  base::Result<void> acknowledge(std::uint64_t count) override {
    acknowledged_.push_back(count);
    return {};
  }
  void stop() override {}

 private:
  Strings texts_;
  std::vector<std::uint64_t>& acknowledged_;
};

rules::Processor processor() {
  rules::ProcessorOptions options;
  options.mode = codec::Mode::automatic;
  options.rules.origins = {{.file = {}, .statement = R"(if message == "none" { drop } merge_by_format("^START"))"}};
  options.rule_set = rules::RuleSet::open(options.rules).value();
  options.format = codec::Format::compile("%{message}").value();
  return {std::move(options), "here"};
}

}  // namespace

TEST_CASE("members of a merged event are safe when it is, and nothing behind a group that waits is") {
  event::Loop loop = event::Loop::create().value();
  std::vector<std::uint64_t> acknowledged;
  const Strings texts{"none", "a", "START b", "none", "c", "START d", "e"};
  rules::Merging source(loop, std::make_unique<Given>(texts, acknowledged), nullptr, processor(), base::Report());
  stream::Batch batch;
  CHECK(source.read(batch, 1 << 20).value() == Next::end);
  Strings given;
  batch.for_each([&](std::size_t index, std::string_view message) {
    given.push_back(std::string(batch.id(index)) + " " + std::string(message));
  });
  CHECK(given == Strings{"2 a", "5 START b\nc", "7 START d\ne"});
  CHECK(acknowledged == std::vector<std::uint64_t>{1});
  REQUIRE(source.acknowledge(1));
  CHECK(acknowledged.back() == 2);
  REQUIRE(source.acknowledge(2));
  CHECK(acknowledged.back() == 5);
  REQUIRE(source.acknowledge(3));
  CHECK(acknowledged.back() == 7);
  CHECK(source.state() == "2 left out, 2 merged into others");
}

TEST_CASE("with a limit of one byte, merged events are given one by one") {
  event::Loop loop = event::Loop::create().value();
  std::vector<std::uint64_t> acknowledged;
  rules::Merging source(loop, std::make_unique<Given>(Strings{"a", "START b", "c", "START d"}, acknowledged), nullptr,
                        processor(), base::Report());
  stream::Batch batch;
  CHECK(source.read(batch, 1).value() == Next::more);
  CHECK(batch.count() == 1);
  CHECK(source.read(batch, 1).value() == Next::more);
  CHECK(batch.count() == 2);
  CHECK(source.read(batch, 1).value() == Next::end);
  CHECK(batch.count() == 3);
}
