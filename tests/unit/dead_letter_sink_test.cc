#include "tools/logsend/dead_letter_sink.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <optional>

#include "base/io.h"
#include "codec/relp_server.h"
#include "net/socket.h"
#include "tools/logsend/relp_sink.h"

using logsend::DeadLetterSink;
using namespace std::chrono_literals;

namespace {

// Rejects everything.
class Server {
 public:
  explicit Server(event::Loop& loop) : loop_(loop) {
    auto listeners = net::open_listeners(*net::parse_url("tcp://127.0.0.1:0"));
    REQUIRE(listeners);
    listener_ = std::move(listeners->front());
    accepting_.emplace(loop_, listener_.get(), event::Interest::read, [this] { take(); });
    accepting_->start();
  }

  [[nodiscard]] net::Url url() const { return *net::parse_url("relp://" + net::local_address(listener_.get())); }

 private:
  void take() {
    reading_.reset();
    connection_ = base::Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    session_.emplace(codec::RelpServerOptions{.software = "test"});
    reading_.emplace(loop_, connection_.get(), event::Interest::read, [this] { read(); });
    reading_->start();
  }
  void read() {
    std::array<char, 65536> buffer;
    const auto got = base::read_some(connection_.get(), buffer, "sink");
    if (!got || got->end) return reading_->stop();
    REQUIRE(session_->feed({buffer.data(), got->bytes}, messages_, messages_.count()));
    for (; rejected_ < messages_.count(); ++rejected_) session_->reject(rejected_ + 1, "no");
    const std::string output(session_->output());
    session_->sent(output.size());
    REQUIRE(base::write_all(connection_.get(), output, "sink"));
  }

  event::Loop& loop_;
  base::Fd listener_;
  std::optional<event::Io> accepting_;
  base::Fd connection_;
  std::optional<event::Io> reading_;
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
  // Runs the loop as pump() does until something is so; false after ten seconds.
  template <class Condition>
  bool until(DeadLetterSink& sink, Condition condition) {
    const auto end = base::now() + 10s;
    while (!condition(sink.flush())) {
      if (base::now() > end) return false;
      loop.wait(100ms);
    }
    return true;
  }
};

stream::Batch batch(std::initializer_list<std::string_view> messages) {
  stream::Batch made;
  for (const auto message : messages) made.append(message);
  return made;
}

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
