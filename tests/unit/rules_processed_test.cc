#include "rules/processed.h"

#include <doctest/doctest.h>

#include <algorithm>
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

namespace {

// Gives batches of messages "<severity> number", of any size, and hears what is safe of them.
class Numbers final : public net::ListeningSource {
 public:
  Numbers(std::uint64_t count, std::uint64_t& safe, Strings& rejected)
      : count_(count), safe_(safe), rejected_(rejected) {}

  base::Result<Next> read(stream::Batch& batch, std::size_t limit) override {
    const std::size_t before = batch.bytes();
    while (given_ < count_ && batch.bytes() - before < std::min<std::size_t>(limit, 50000)) {
      ++given_;
      batch.append(given_, text(given_));
    }
    if (given_ < count_) return Next::more;
    return fails ? base::Result<Next>(base::fail(base::Kind::io, "read numbers", "broken")) : Next::end;
  }
  base::Result<void> acknowledge(std::uint64_t count) override {
    CHECK(count > safe_);
    safe_ = count;
    return {};
  }
  void stop() override {}
  const net::Peer* peer(std::uint64_t position) override {
    CHECK(position == asked_ + 1);
    asked_ = position;
    peer_ = {.address = "192.0.2." + std::to_string(position / 1000 % 250), .protocol = "tcp"};
    return &peer_;
  }
  bool reject(std::uint64_t position, std::string_view) override {
    rejected_.push_back(std::to_string(position));
    return true;
  }
  [[nodiscard]] std::vector<std::string> addresses() const override { return {}; }

  // Every third is no RFC 5424, every fifth is not grave enough.
  static std::string text(std::uint64_t number) {
    if (number % 3 == 0) return "nothing " + std::to_string(number);
    const std::string priority = number % 5 == 0 ? "<15>" : "<11>";
    return priority + "1 2003-10-11T22:14:15.003Z host app - - - " + std::to_string(number);
  }
  static bool is_kept(std::uint64_t number) { return number % 3 != 0 && number % 5 != 0; }

  bool fails = false;

 private:
  std::uint64_t count_;
  std::uint64_t& safe_;
  Strings& rejected_;
  std::uint64_t given_ = 0;
  std::uint64_t asked_ = 0;
  net::Peer peer_;
};

struct Threads {
  event::Loop loop = std::move(*event::Loop::create());
  std::uint64_t safe = 0;
  Strings rejected;
  std::unique_ptr<stream::Source> source;

  void start(std::uint64_t count, unsigned threads, bool fails = false) {
    rules::ProcessorOptions options = strict(rules::OnUnparsed::reject);
    options.where = codec::Where::compile("severity <= err").value();
    options.format = codec::Format::compile("%{peer_address} %{message}").value();
    options.add_peer = true;
    options.threads = threads;
    auto numbers = std::make_unique<Numbers>(count, safe, rejected);
    numbers->fails = fails;
    net::ListeningSource* const senders = numbers.get();
    auto opened = rules::processed(
        loop, std::move(numbers), options, [](base::Level, const std::string&) {}, senders);
    REQUIRE(opened);
    source = std::move(*opened);
  }

  // All that it gives, each batch with the ids that belong to it; acknowledges half of what came before each read.
  base::Result<Strings> read_all(std::size_t limit) {
    Strings all;
    std::uint64_t acknowledged = 0;
    for (;;) {
      stream::Batch batch;
      auto next = source->read(batch, limit);
      batch.for_each([&](std::size_t index, std::string_view message) {
        all.push_back(std::string(batch.id(index)) + " " + std::string(message));
      });
      if (const std::uint64_t half = all.size() / 2; half > acknowledged)
        REQUIRE(source->acknowledge(acknowledged = half));
      if (!next) return tl::unexpected(next.error());
      if (*next == Next::end) return all;
      if (*next == Next::wait) loop.wait(std::chrono::seconds(60));
    }
  }
};

Strings kept_of(std::uint64_t count) {
  Strings all;
  for (std::uint64_t number = 1; number <= count; ++number)
    if (Numbers::is_kept(number))
      all.push_back(std::to_string(number) + " 192.0.2." + std::to_string(number / 1000 % 250) + " " +
                    std::to_string(number));
  return all;
}

}  // namespace

TEST_CASE_FIXTURE(Threads, "several threads keep order, ids and senders, and what is safe is exact") {
  constexpr std::uint64_t kCount = 100000;
  for (const unsigned threads : {1U, 2U, 3U}) {
    for (const std::size_t limit : {std::size_t{1} << 20, std::size_t{300} << 10, std::size_t{70000}}) {
      CAPTURE(threads);
      CAPTURE(limit);
      safe = 0;
      rejected.clear();
      start(kCount, threads);
      const auto all = read_all(limit);
      REQUIRE(all);
      CHECK(*all == kept_of(kCount));
      const std::uint64_t half = std::stoull((*all)[all->size() / 2 - 1]);
      CHECK(safe >= half);
      CHECK(safe < std::stoull((*all)[all->size() / 2]));
      REQUIRE(source->acknowledge(all->size()));
      CHECK(safe == kCount);
      CHECK(rejected.size() == kCount / 3);
      CHECK(rejected.back() == std::to_string(kCount / 3 * 3));
    }
  }
}

TEST_CASE_FIXTURE(Threads, "with several threads, what came before an error of the source goes on first") {
  start(50000, 2, true);
  std::uint64_t kept = 0;
  for (;;) {
    stream::Batch batch;
    const auto next = source->read(batch, 1 << 20);
    kept += batch.count();
    if (!next) {
      CHECK(next.error().why == "broken");
      break;
    }
    REQUIRE(*next != Next::end);
    if (*next == Next::wait) loop.wait(std::chrono::seconds(60));
  }
  CHECK(kept == kept_of(50000).size());
}

TEST_CASE_FIXTURE(Threads, "several threads are given up with what they work at") {
  start(100000, 2);
  stream::Batch batch;
  REQUIRE(source->read(batch, 1 << 20));
  source.reset();
  CHECK(safe == 0);
}

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
