#include "tools/logsend/dead_letter_sink.h"

#include <doctest/doctest.h>

#include <optional>

#include "codec/relp_server.h"
#include "messages.h"
#include "sink_peer.h"
#include "tools/logsend/relp_sink.h"

using logsend::DeadLetterSink;
using unit::batch;
using namespace std::chrono_literals;

namespace {

// Rejects everything.
class Server final : public unit::SinkPeer {
 public:
  using SinkPeer::SinkPeer;
  [[nodiscard]] net::Url url() const { return url_with("relp"); }

 private:
  void begin() override { session_.emplace(codec::RelpServerOptions{.software = "test"}); }
  void take(std::string_view bytes) override {
    REQUIRE(session_->feed(bytes, messages_, messages_.count()));
    for (; rejected_ < messages_.count(); ++rejected_) session_->reject(rejected_ + 1, "no");
    const std::string output(session_->output());
    session_->sent(output.size());
    say(output);
  }

  std::optional<codec::RelpServer> session_;
  stream::Batch messages_;
  std::uint64_t rejected_ = 0;
};

struct Fixture {
  event::Loop loop = std::move(*event::Loop::create());
  std::vector<std::string> reports;
  Server server{loop};

  // `command` is for a shell.
  std::unique_ptr<DeadLetterSink> sink(const std::string& command, logsend::RelpOptions options = {}) {
    const base::Report report = [this](base::Level, const std::string& line) { reports.push_back(line); };
    const auto open_sender = [&](codec::Reject on_reject) -> std::unique_ptr<logsend::RejectingSink> {
      options.on_reject = std::move(on_reject);
      return logsend::RelpSink::open(loop, {server.url()}, options, report);
    };
    auto opened = DeadLetterSink::open(
        loop, open_sender,
        {.command = {"sh", "-c", command}, .window = options.window, .window_messages = options.window_messages},
        report);
    REQUIRE(opened);
    return std::move(*opened);
  }
  // As pump() does.
  template <class Condition>
  bool until(DeadLetterSink& sink, Condition condition) {
    return unit::turn_until(loop, [&] { return condition(sink.flush()); });
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "dead letters: a rejected message is safe with the command's receipt") {
  const auto sink = this->sink("echo logpipe 1 stored; head -c 1 >/dev/null; echo 1; cat >/dev/null");
  REQUIRE(sink->write(batch({"one"})));
  CHECK(until(*sink, [&](const auto&) { return sink->safe() == 1; }));
  REQUIRE(sink->finish());
  CHECK(until(*sink, [&](const auto&) { return sink->finished(); }));
}

TEST_CASE_FIXTURE(Fixture, "dead letters: without receipts the window fills and no more is taken") {
  const auto sink = this->sink("echo logpipe 1 stored; cat >/dev/null", {.window = base::Bytes{10'000}});
  const std::string message(1000, 'x');
  std::size_t written = 0;
  CHECK(until(*sink, [&](const auto& flushed) {
    REQUIRE(flushed);
    for (; sink->room() > 0 && written < 1000; ++written) REQUIRE(sink->write(batch({message})));
    return sink->room() == 0 && sink->state().find("0 of them sent") != std::string::npos;
  }));
  CHECK(written < 11);
  CHECK(sink->safe() == 0);
}

TEST_CASE_FIXTURE(Fixture, "dead letters: a command that cannot take any ends in an error, and nothing is safe") {
  const auto sink = this->sink("exit 73");
  REQUIRE(sink->write(batch({"one"})));
  CHECK(
      until(*sink, [](const auto& flushed) { return !flushed && flushed.error().kind == base::Kind::cannot_create; }));
  CHECK(sink->safe() == 0);
}

TEST_CASE_FIXTURE(Fixture, "dead letters: giving up at the end says how many were rejected and are not safe") {
  const auto sink = this->sink("echo logpipe 1 stored; cat >/dev/null", {.drain_time = 50ms});
  REQUIRE(sink->write(batch({"one", "two"})));
  REQUIRE(sink->finish());
  base::Result<void> outcome;
  REQUIRE(until(*sink, [&](const auto& flushed) {
    outcome = flushed;
    return !flushed;
  }));
  CHECK(outcome.error().kind == base::Kind::temporary);
  CHECK(outcome.error().why.find("2 rejected messages are not yet safe") != std::string::npos);
}
