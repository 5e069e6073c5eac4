#include "tools/logsend/logd_sink.h"

#include <doctest/doctest.h>

#include "messages.h"
#include "sink_peer.h"

using logsend::LogdOptions;
using logsend::LogdSink;
using unit::batch;
using namespace std::chrono_literals;

namespace {

// Takes whatever comes, and answers when it is told to.
class Server final : public unit::SinkPeer {
 public:
  using SinkPeer::SinkPeer;
  [[nodiscard]] net::Url url() const { return url_with("logd"); }
  [[nodiscard]] const std::string& requests() const { return requests_; }
  [[nodiscard]] bool has_client() const { return connected(); }

 private:
  void begin() override {}
  void take(std::string_view bytes) override { requests_ += bytes; }

  std::string requests_;
};

struct Fixture {
  event::Loop loop = std::move(*event::Loop::create());
  Server server{loop};

  std::unique_ptr<LogdSink> sink(LogdOptions options) {
    return LogdSink::open(loop, {server.url()}, std::move(options), [](base::Level, const std::string&) {});
  }
  // As pump() does.
  template <class Condition>
  bool until(LogdSink& sink, Condition condition) {
    return unit::turn_until(loop, [&] { return sink.flush() && condition(); });
  }
};

}  // namespace

TEST_SUITE_BEGIN("logd sink");

TEST_CASE_FIXTURE(Fixture, "a connection is idle also when nothing was ever sent on it") {
  LogdOptions options;
  options.idle_timeout = 1ms;
  const auto sink = this->sink(options);
  CHECK(until(*sink, [&] { return server.connections() == 1 && server.at_end(); }));
}

TEST_CASE_FIXTURE(Fixture, "while only a rejected message waits, a server that hangs up is left alone") {
  LogdOptions options;
  options.on_reject = [](const codec::Rejection&) { return codec::Settlement::pending; };
  const auto sink = this->sink(options);
  REQUIRE(sink->write(batch({"bad"})));
  REQUIRE(until(*sink, [&] { return server.requests().ends_with("bad\r\n"); }));
  server.say("ERR_CLIENT no\r\n");
  server.hang_up();

  bool over = false;
  event::Timer a_while(loop, [&] { over = true; });
  a_while.start(100ms);
  CHECK(until(*sink, [&] {
    if (server.has_client()) server.hang_up();
    return over;
  }));
  CHECK(server.connections() == 1);

  REQUIRE(sink->write(batch({"good"})));
  REQUIRE(until(*sink, [&] { return server.requests().ends_with("good\r\n"); }));
  CHECK(server.connections() == 2);
  server.say("OK 1\r\n");
  sink->settle(1);
  CHECK(until(*sink, [&] { return sink->safe() == 2; }));
}

TEST_CASE_FIXTURE(Fixture, "only an id that was owed is a receipt") {
  const char* const answers[] = {"OK", "OK 1", "OK x", "OK 2x", "OK -2", "OK LOG"};
  for (const char* answer : answers) {
    CAPTURE(answer);
    Server other(loop);
    const auto sink = LogdSink::open(loop, {other.url()}, {}, [](base::Level, const std::string&) {});
    REQUIRE(sink->write(batch({"one", "two"})));
    REQUIRE(until(*sink, [&] { return other.requests().ends_with("two\r\n"); }));
    other.say(std::string(answer) + "\r\n");
    REQUIRE(until(*sink, [&] { return other.at_end(); }));
    CHECK(sink->safe() == 0);
  }
}

TEST_CASE_FIXTURE(Fixture, "an id that was answered before is no receipt") {
  const auto sink = this->sink({});
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(until(*sink, [&] { return server.requests().ends_with("one\r\n"); }));
  server.say("OK 7\r\n");
  REQUIRE(until(*sink, [&] { return sink->safe() == 1; }));
  REQUIRE(sink->write(batch({"two"})));
  REQUIRE(until(*sink, [&] { return server.requests().ends_with("two\r\n"); }));
  server.say("OK 7\r\n");
  REQUIRE(until(*sink, [&] { return server.at_end(); }));
  CHECK(sink->safe() == 1);
}
