#include "tools/logsend/relp_sink.h"

#include <doctest/doctest.h>

#include "codec/relp_server.h"
#include "messages.h"
#include "sink_peer.h"

using logsend::RelpOptions;
using logsend::RelpSink;
using unit::batch;
using Strings = std::vector<std::string>;
using namespace std::chrono_literals;

namespace {

// A RELP server that answers when it is told to.
class Server final : public unit::SinkPeer {
 public:
  using SinkPeer::SinkPeer;
  [[nodiscard]] net::Url url() const { return url_with("relp"); }
  Strings messages() const {
    Strings all;
    batch_.for_each([&](std::size_t, std::string_view message) { all.emplace_back(message); });
    return all;
  }
  // From now on every message is answered as it comes.
  void answer_all() {
    answering_ = true;
    answer(batch_.count());
  }
  void answer(std::size_t count) {
    if (!session_) return;
    session_->acknowledge(count);
    send();
  }
  void reject(std::size_t position, std::string_view reason) {
    session_->reject(position, reason);
    send();
  }
  void dismiss() {
    session_->abandon();
    send();
    hang_up();
  }
  void be_silent() { silent_ = true; }
  [[nodiscard]] bool was_closed_in_order() const { return session_ && session_->finished() && at_end(); }

 private:
  void begin() override { session_.emplace(codec::RelpServerOptions{.software = "test"}); }
  void take(std::string_view bytes) override {
    if (silent_) return;
    REQUIRE(session_->feed(bytes, batch_, batch_.count()));
    if (answering_) session_->acknowledge(batch_.count());
    send();
  }
  void send() {
    if (!connected()) return;
    const std::string output(session_->output());
    session_->sent(output.size());
    say(output);
  }

  std::optional<codec::RelpServer> session_;
  stream::Batch batch_;
  bool answering_ = false;
  bool silent_ = false;
};

struct Fixture {
  event::Loop loop = std::move(*event::Loop::create());
  Strings reports;
  Server server{loop};

  std::unique_ptr<RelpSink> sink(RelpOptions options = {}) { return sink_to({server.url()}, std::move(options)); }
  std::unique_ptr<RelpSink> sink_to(std::vector<net::Url> urls, RelpOptions options = {}) {
    return RelpSink::open(loop, std::move(urls), std::move(options),
                          [this](base::Level, const std::string& line) { reports.push_back(line); });
  }
  template <class Condition>
  bool until(Condition condition) {
    return unit::turn_until(loop, condition);
  }
  bool arrived(std::size_t count) {
    return until([&] { return server.messages().size() >= count; });
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "relp sink: messages are safe when they are answered") {
  auto sink = this->sink();
  REQUIRE(sink->write(batch({"one", "two\ntwo", ""})));
  REQUIRE(arrived(3));
  CHECK(server.messages() == Strings{"one", "two\ntwo", ""});
  CHECK(sink->safe() == 0);
  server.answer(2);
  CHECK(until([&] { return sink->safe() == 2; }));
}

TEST_CASE_FIXTURE(Fixture, "relp sink: after the last answer it closes the session in order") {
  auto sink = this->sink();
  server.answer_all();
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(until([&] { return sink->safe() == 1; }));
  REQUIRE(sink->finish());
  CHECK(until([&] { return sink->finished(); }));
  CHECK(until([&] { return server.was_closed_in_order(); }));
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "relp sink: finish waits for answers") {
  auto sink = this->sink();
  REQUIRE(sink->write(batch({"one", "two"})));
  REQUIRE(sink->finish());
  REQUIRE(arrived(2));
  CHECK_FALSE(sink->finished());
  server.answer_all();
  CHECK(until([&] { return sink->finished(); }));
  CHECK(sink->safe() == 2);
}

TEST_CASE_FIXTURE(Fixture, "relp sink: after a lost connection only the unanswered go again, in order") {
  auto sink = this->sink();
  REQUIRE(sink->write(batch({"one", "two", "three"})));
  REQUIRE(arrived(3));
  server.answer(1);
  REQUIRE(until([&] { return sink->safe() == 1; }));
  server.hang_up();
  REQUIRE(arrived(5));
  CHECK(server.messages() == Strings{"one", "two", "three", "two", "three"});
  server.answer_all();
  CHECK(until([&] { return sink->safe() == 3; }));
  REQUIRE(reports.size() == 2);
  CHECK(reports.front().find("; trying again, 2 messages are waiting") != std::string::npos);
  CHECK(reports.back().starts_with("connected to relp://127.0.0.1:"));
}

TEST_CASE_FIXTURE(Fixture, "relp sink: a serverclose means connecting anew") {
  auto sink = this->sink();
  REQUIRE(sink->write(batch({"one", "two"})));
  REQUIRE(arrived(2));
  server.dismiss();
  server.answer_all();
  CHECK(until([&] { return sink->safe() == 2; }));
  CHECK(server.connections() == 2);
  CHECK(reports.front().find("the server closes the session") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "relp sink: a window at a time is sent") {
  auto sink = this->sink({.relp_window = 2});
  REQUIRE(sink->write(batch({"1", "2", "3", "4", "5"})));
  REQUIRE(arrived(2));
  for (int i = 0; i < 5; ++i) loop.wait(1ms);
  CHECK(server.messages().size() == 2);
  server.answer_all();
  CHECK(until([&] { return sink->safe() == 5; }));
}

TEST_CASE_FIXTURE(Fixture, "relp sink: takes messages up to its window and no more until there is room") {
  auto sink = this->sink({.window = base::Bytes{1000}});
  const std::string half(500, 'x');
  CHECK(sink->room() == 1000);
  REQUIRE(sink->write(batch({half, half})));
  CHECK(sink->room() == 0);
  server.answer_all();
  CHECK(until([&] { return sink->room() == 1000; }));
}

TEST_CASE_FIXTURE(Fixture, "relp sink: a rejected message stops it") {
  auto sink = this->sink();
  REQUIRE(sink->write(batch({"one", "two"})));
  REQUIRE(arrived(2));
  server.answer(1);
  server.reject(2, "disk full");
  CHECK(until([&] { return !sink->flush(); }));
  CHECK(sink->flush().error().why == "the server rejects a message: 500 disk full; see --on-reject");
  CHECK(sink->safe() == 1);
}

TEST_CASE_FIXTURE(Fixture, "relp sink: what becomes of a rejected message is its owner's choice") {
  Strings rejected;
  auto sink = this->sink({.on_reject = [&](const codec::Rejection& rejection) {
    rejected.emplace_back(rejection.message);
    return codec::Settlement::pending;
  }});
  REQUIRE(sink->write(batch({"one", "two"})));
  REQUIRE(arrived(2));
  server.reject(1, "no");
  server.answer_all();
  REQUIRE(until([&] { return !rejected.empty(); }));
  CHECK(rejected == Strings{"one"});
  CHECK(sink->safe() == 0);
  sink->settle(0);
  CHECK(until([&] { return sink->safe() == 2; }));
}

TEST_CASE_FIXTURE(Fixture, "relp sink: a server that answers nonsense, or nothing, is given up for the next") {
  auto sink = this->sink({.timeout = 50ms});
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(arrived(1));
  server.say("9 rsp 6 200 OK\n");
  REQUIRE(until([&] { return !reports.empty(); }));
  CHECK(reports.front().find("there is no unanswered transaction 9") != std::string::npos);
  server.be_silent();
  CHECK(until([&] { return server.connections() == 4; }));  // each one timed out
  CHECK(sink->safe() == 0);
}

TEST_CASE_FIXTURE(Fixture, "relp sink: without answers the drain time ends in an error") {
  auto sink = this->sink({.drain_time = 20ms});
  REQUIRE(sink->write(batch({"one", "two"})));
  REQUIRE(arrived(2));
  REQUIRE(sink->finish());
  CHECK(until([&] { return !sink->flush(); }));
  CHECK(sink->flush().error().kind == base::Kind::temporary);
  CHECK(sink->flush().error().why == "2 messages were not answered within 20 ms; run again");
}

TEST_CASE_FIXTURE(Fixture, "relp sink: with everything safe it ends even if close is not answered") {
  auto sink = this->sink({.drain_time = 20ms});
  server.answer_all();
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(until([&] { return sink->safe() == 1; }));
  server.be_silent();
  REQUIRE(sink->finish());
  CHECK(until([&] { return sink->finished(); }));
  CHECK(sink->flush().has_value());
}

TEST_CASE_FIXTURE(Fixture, "relp sink: reopening finishes the session and makes a new one") {
  auto sink = this->sink();
  server.answer_all();
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(until([&] { return sink->safe() == 1; }));
  REQUIRE(sink->reopen());
  REQUIRE(sink->write(batch({"two"})));
  CHECK(until([&] { return sink->safe() == 2; }));
  CHECK(server.connections() == 2);
  CHECK(server.messages() == Strings{"one", "two"});
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "relp sink: the next destination is tried when the first refuses") {
  const net::Url refused = Server(loop).url();
  auto sink = sink_to({refused, server.url()});
  server.answer_all();
  REQUIRE(sink->write(batch({"one"})));
  CHECK(until([&] { return sink->safe() == 1; }));
}

TEST_CASE_FIXTURE(Fixture, "relp sink: a server that does not read is waited for, beyond the timeout") {
  auto sink = this->sink({.relp_window = 1000, .timeout = 300ms, .window = base::Bytes{64 << 20}});
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(arrived(1));
  server.answer_all();
  REQUIRE(until([&] { return sink->safe() == 1; }));
  server.pause();
  const std::string long_message(100'000, 'x');
  for (int i = 0; i < 200; ++i) REQUIRE(sink->write(batch({long_message})));
  bool long_after = false;
  event::Timer timer(loop, [&] { long_after = true; });
  timer.start(1200ms);
  REQUIRE(until([&] { return long_after; }));
  CHECK(sink->safe() < 201);
  server.go_on();
  CHECK(until([&] { return sink->safe() == 201; }));
  CHECK(server.connections() == 1);
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "relp sink: an idle session is closed in order, and the next message opens another") {
  server.answer_all();
  auto sink = this->sink({.idle_timeout = 20ms});
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(until([&] { return sink->safe() == 1; }));
  REQUIRE(until([&] { return server.was_closed_in_order(); }));
  CHECK(sink->state() == "idle, not connected, 0 messages waiting, 0 of them sent");
  REQUIRE(sink->write(batch({"two"})));
  CHECK(until([&] { return sink->safe() == 2; }));
  CHECK(server.connections() == 2);
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "relp sink: a session is not idle while a message is unanswered") {
  auto sink = this->sink({.idle_timeout = 20ms});
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(arrived(1));
  bool long_after = false;
  event::Timer timer(loop, [&] { long_after = true; });
  timer.start(100ms);
  REQUIRE(until([&] { return long_after; }));
  server.answer_all();
  CHECK(until([&] { return sink->safe() == 1; }));
  CHECK(server.connections() == 1);
}

TEST_CASE_FIXTURE(Fixture, "relp sink: it finishes also when it is idle") {
  server.answer_all();
  auto sink = this->sink({.idle_timeout = 20ms});
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(until([&] { return server.was_closed_in_order(); }));
  REQUIRE(sink->finish());
  CHECK(until([&] { return sink->finished(); }));
}
