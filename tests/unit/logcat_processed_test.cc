#include "tools/logcat/processed.h"

#include <doctest/doctest.h>

#include <vector>

#include "tools/logcat/numbered.h"
#include "tools/logsend/formatted.h"

namespace {

using stream::Next;
using Strings = std::vector<std::string>;

constexpr char kFailure[] = "<34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - failed";
constexpr char kInfo[] = "<38>1 2003-10-11T22:14:15.003Z mymachine sshd 42 - - accepted";

struct Log {
  std::vector<std::uint64_t> acknowledged;
};

class Fixed final : public stream::Source {
 public:
  Fixed(Strings messages, Log& log) : messages_(std::move(messages)), log_(log) {}
  base::Result<Next> read(stream::Batch& batch, std::size_t) override {
    for (const auto& message : messages_) batch.append(message);
    messages_.clear();
    return Next::end;
  }
  base::Result<void> acknowledge(std::uint64_t count) override {
    log_.acknowledged.push_back(count);
    return {};
  }
  base::Result<void> check() override { return base::fail(base::Kind::io, "acknowledge", "late"); }
  base::Result<bool> flush_receipts() override { return false; }
  void stop() override {}
  base::Result<void> reopen() override { return base::fail(base::Kind::config, "reopen", "no"); }
  [[nodiscard]] std::string state() const override { return "fixed"; }

 private:
  Strings messages_;
  Log& log_;
};

// Each is what the source in it says.
void check_says_the_same(stream::Source& source) {
  CHECK(source.check().error().text() == "acknowledge: late");
  CHECK(source.flush_receipts().value() == false);
  CHECK(source.reopen().error().text() == "reopen: no");
  CHECK(source.state() == "fixed");
}

struct Fixture {
  Log log;
  Strings reports;
  std::unique_ptr<logcat::Processed> source;

  Strings run(Strings messages, logcat::ProcessorOptions options, logcat::ProcessedHooks hooks = {}) {
    source = std::make_unique<logcat::Processed>(
        std::make_unique<Fixed>(std::move(messages), log), logcat::Processor(std::move(options), "here"),
        std::move(hooks), [this](base::Level, const std::string& line) { reports.push_back(line); });
    stream::Batch batch;
    REQUIRE(source->read(batch, 1 << 20));
    Strings out;
    batch.for_each([&](std::size_t, std::string_view message) { out.emplace_back(message); });
    return out;
  }
};

logcat::ProcessorOptions keeping(const char* where) {
  logcat::ProcessorOptions options;
  options.mode = codec::Mode::automatic;
  options.where = codec::Where::compile(where).value();
  return options;
}

logcat::ProcessorOptions strict(logcat::OnUnparsed on_unparsed) {
  logcat::ProcessorOptions options;
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

TEST_CASE_FIXTURE(Fixture, "a template names fields") {
  logcat::ProcessorOptions options;
  options.mode = codec::Mode::automatic;
  options.format = codec::Format::compile("%{hostname} %{appname}: %{message}").value();
  CHECK(run({kInfo}, std::move(options)) == Strings{"mymachine sshd: accepted"});
}

TEST_CASE_FIXTURE(Fixture, "a rejected message goes to whoever can tell its sender") {
  std::uint64_t position = 0;
  logcat::ProcessedHooks hooks{.peer = {}, .reject = [&](std::uint64_t at, std::string_view) {
                                 position = at;
                                 return true;
                               }};
  CHECK(run({kInfo, "no syslog"}, strict(logcat::OnUnparsed::reject), hooks) == Strings{kInfo});
  CHECK(position == 2);
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "a rejected message of a sender that cannot be told is reported") {
  CHECK(run({"no syslog"}, strict(logcat::OnUnparsed::reject)).empty());
  REQUIRE(reports.size() == 1);
  CHECK(reports.front().starts_with("parse \"no syslog\": "));
}

TEST_CASE_FIXTURE(Fixture, "what cannot be parsed is kept unless told otherwise") {
  CHECK(run({"no syslog"}, strict(logcat::OnUnparsed::keep)) == Strings{"no syslog"});
}

TEST_CASE_FIXTURE(Fixture, "a source around another one passes on its failures, its receipts, its state and SIGHUP") {
  run({}, {});
  check_says_the_same(*source);
  logcat::Numbered numbered(*source);
  check_says_the_same(numbered);
  logsend::Formatted formatted(*source, logsend::Formatter::create(codec::Mode::automatic, std::nullopt, {}).value());
  check_says_the_same(formatted);
}
