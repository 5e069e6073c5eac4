#include "rules/processed.h"

#include <doctest/doctest.h>

#include <vector>

namespace {

using stream::Next;
using Strings = std::vector<std::string>;

constexpr char kFailure[] = "<34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - failed";
constexpr char kInfo[] = "<38>1 2003-10-11T22:14:15.003Z mymachine sshd 42 - - accepted";

struct Log {
  std::vector<std::uint64_t> acknowledged;
  Strings rejected;
  bool senders_stay = true;
};

class Fixed final : public net::ListeningSource {
 public:
  Fixed(Strings messages, bool numbered, Log& log) : messages_(std::move(messages)), numbered_(numbered), log_(log) {}
  base::Result<Next> read(stream::Batch& batch, std::size_t) override {
    for (const auto& message : messages_) batch.append(message);
    if (numbered_) batch.number_from(1);
    messages_.clear();
    return Next::end;
  }
  base::Result<void> acknowledge(std::uint64_t count) override {
    log_.acknowledged.push_back(count);
    return {};
  }
  void stop() override {}
  const net::Peer* peer(std::uint64_t position) override {
    peer_ = {.address = "192.0.2." + std::to_string(position), .protocol = "tcp"};
    return &peer_;
  }
  bool reject(std::uint64_t position, std::string_view reason) override {
    log_.rejected.push_back(std::to_string(position) + " " + std::string(reason));
    return log_.senders_stay;
  }
  [[nodiscard]] std::vector<std::string> addresses() const override { return {}; }

 private:
  Strings messages_;
  bool numbered_;
  Log& log_;
  net::Peer peer_;
};

struct Fixture {
  Log log;
  Strings reports;
  Strings ids;
  bool number_messages = false;
  std::unique_ptr<rules::Processed> source;

  Strings run(Strings messages, rules::ProcessorOptions options) {
    auto fixed = std::make_unique<Fixed>(std::move(messages), number_messages, log);
    net::ListeningSource* const senders = fixed.get();
    source =
        std::make_unique<rules::Processed>(std::move(fixed), senders, rules::Processor(std::move(options), "here"),
                                           [this](base::Level, const std::string& line) { reports.push_back(line); });
    stream::Batch batch;
    REQUIRE(source->read(batch, 1 << 20));
    Strings out;
    batch.for_each([&](std::size_t index, std::string_view message) {
      out.emplace_back(message);
      if (number_messages) ids.emplace_back(batch.id(index));
    });
    return out;
  }
};

rules::ProcessorOptions keeping(const char* where) {
  rules::ProcessorOptions options;
  options.mode = codec::Mode::automatic;
  options.where = codec::Where::compile(where).value();
  return options;
}

rules::ProcessorOptions strict(rules::OnUnparsed on_unparsed) {
  rules::ProcessorOptions options;
  options.mode = codec::Mode::rfc5424;
  options.on_unparsed = on_unparsed;
  return options;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "events are kept by --where as they came") {
  CHECK(run({kFailure, kInfo}, keeping("severity <= err")) == Strings{kFailure});
}

TEST_CASE_FIXTURE(Fixture, "what is left out is safe with the message before it") {
  run({kInfo, kFailure, kInfo, kInfo, kFailure}, keeping("severity <= err"));
  CHECK(log.acknowledged == std::vector<std::uint64_t>{1});
  REQUIRE(source->acknowledge(1));
  CHECK(log.acknowledged.back() == 4);
  REQUIRE(source->acknowledge(2));
  CHECK(log.acknowledged.back() == 5);
}

TEST_CASE_FIXTURE(Fixture, "when everything is left out everything is safe") {
  CHECK(run({kInfo, kInfo}, keeping("severity <= err")).empty());
  CHECK(log.acknowledged == std::vector<std::uint64_t>{2});
}

TEST_CASE_FIXTURE(Fixture, "what goes on keeps its id") {
  number_messages = true;
  CHECK(run({kInfo, kFailure, kInfo, kFailure}, keeping("severity <= err")) == Strings{kFailure, kFailure});
  CHECK(ids == Strings{"2", "4"});
}

TEST_CASE_FIXTURE(Fixture, "what is kept is completed, and what --where sees is not") {
  auto options = keeping("not hostname");
  options.format = codec::Format::compile("%{hostname} %{appname} %{severity}").value();
  auto completion = rules::Completion::create({.priority = "mail.err", .hostname = "mx1", .appname = "app"});
  rules::Processor processor(std::move(options), "", std::move(*completion));
  codec::Event event;
  CHECK(processor.take(kInfo, nullptr, event) == rules::Verdict::left_out);
  REQUIRE(processor.take("plain", nullptr, event) == rules::Verdict::kept);
  std::string out;
  processor.append(out, event);
  CHECK(out == "mx1 app err");
}

TEST_CASE_FIXTURE(Fixture, "a template names fields") {
  rules::ProcessorOptions options;
  options.mode = codec::Mode::automatic;
  options.format = codec::Format::compile("%{hostname} %{appname}: %{message}").value();
  CHECK(run({kInfo}, std::move(options)) == Strings{"mymachine sshd: accepted"});
}

TEST_CASE_FIXTURE(Fixture, "a message has the address of its own sender") {
  rules::ProcessorOptions options;
  options.mode = codec::Mode::automatic;
  options.add_peer = true;
  options.format = codec::Format::compile("%{peer_address}").value();
  CHECK(run({kInfo, kInfo}, std::move(options)) == Strings{"192.0.2.1", "192.0.2.2"});
}

TEST_CASE_FIXTURE(Fixture, "the sender of a rejected message is told") {
  CHECK(run({kInfo, "no syslog"}, strict(rules::OnUnparsed::reject)) == Strings{kInfo});
  REQUIRE(log.rejected.size() == 1);
  CHECK(log.rejected.front().starts_with("2 "));
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "a rejected message of a sender that cannot be told is reported") {
  log.senders_stay = false;
  CHECK(run({"no syslog"}, strict(rules::OnUnparsed::reject)).empty());
  REQUIRE(reports.size() == 1);
  CHECK(reports.front().starts_with("parse \"no syslog\": "));
}

TEST_CASE_FIXTURE(Fixture, "what cannot be parsed is kept unless told otherwise") {
  CHECK(run({"no syslog"}, strict(rules::OnUnparsed::keep)) == Strings{"no syslog"});
}
