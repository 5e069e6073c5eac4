#include "tools/logsend/stream_sink.h"

#include <doctest/doctest.h>

#include "messages.h"
#include "sink_peer.h"

using logsend::StreamOptions;
using logsend::StreamSink;
using unit::batch;
using namespace std::chrono_literals;

namespace {

// Keeps what each connection sent.
class Receiver final : public unit::SinkPeer {
 public:
  using SinkPeer::SinkPeer;
  [[nodiscard]] net::Url url() const { return url_with("tcp"); }
  [[nodiscard]] const std::vector<std::string>& received() const { return received_; }

 private:
  void begin() override { received_.emplace_back(); }
  void take(std::string_view bytes) override { received_.back().append(bytes); }

  std::vector<std::string> received_;
};

struct Fixture {
  event::Loop loop = std::move(*event::Loop::create());
  std::vector<std::string> reports;

  base::Report report() {
    return [this](base::Level, const std::string& line) { reports.push_back(line); };
  }
  std::unique_ptr<StreamSink> sink(std::vector<net::Url> urls, StreamOptions options = {}) {
    auto opened = StreamSink::open(loop, std::move(urls), options, report());
    REQUIRE(opened);
    return std::move(*opened);
  }
  template <class Condition>
  bool until(Condition condition) {
    return unit::turn_until(loop, condition);
  }
};

// More than the sockets of one connection hold.
stream::Batch flood() {
  stream::Batch made;
  for (int i = 0; i < 200'000; ++i) made.append("message number " + std::to_string(i) + std::string(100, '.'));
  return made;
}

const StreamOptions kWide{.window = base::Bytes{64 << 20}, .window_messages = 1'000'000};

// A port where nobody listens: it was somebody's a moment ago.
net::Url refused_url(event::Loop& loop) {
  return Receiver(loop).url();
}

}  // namespace

TEST_CASE("stream sink: messages arrive as lines and are safe") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()});
  REQUIRE(sink->write(batch({"one", "", "t\nwo"})));
  CHECK(test.until([&] { return sink->safe() == 3; }));
  CHECK(test.until([&] { return receiver.connections() == 1 && receiver.received()[0] == "one\n\nt#012wo\n"; }));
}

TEST_CASE("stream sink: octet counting keeps every byte") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()}, {.wire = stream::Framing::octet});
  REQUIRE(sink->write(batch({"one", "t\nwo"})));
  CHECK(test.until([&] { return receiver.connections() == 1 && receiver.received()[0] == "3 one4 t\nwo"; }));
}

TEST_CASE("stream sink: finishing sends the rest, then closes") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()}, kWide);
  const auto all = flood();
  REQUIRE(sink->write(all));
  REQUIRE(sink->finish());
  CHECK(test.until([&] { return sink->finished(); }));
  CHECK(sink->safe() == all.count());
  CHECK(test.until([&] { return receiver.at_end(); }));
  REQUIRE(receiver.connections() == 1);
  CHECK(receiver.received()[0].size() == all.bytes());
  CHECK((receiver.received()[0] == all.block()));
}

TEST_CASE("stream sink: with nothing to send it finishes without a connection") {
  Fixture test;
  const auto sink = test.sink({refused_url(test.loop)});
  REQUIRE(sink->finish());
  CHECK(sink->finished());
}

TEST_CASE("stream sink: after a lost connection what was not acknowledged is sent again, in order") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()}, kWide);
  const auto all = flood();
  REQUIRE(sink->write(all));
  REQUIRE(test.until([&] { return receiver.connections() == 1 && !receiver.received()[0].empty(); }));
  receiver.hang_up();
  REQUIRE(sink->finish());
  REQUIRE(test.until([&] { return sink->finished() && receiver.at_end(); }));
  REQUIRE(receiver.connections() == 2);
  const std::string& again = receiver.received()[1];
  CHECK(std::string_view(all.block()).ends_with(again));
  CHECK(again.starts_with("message number "));
  CHECK(test.reports.size() == 2);
}

TEST_CASE("stream sink: the next address is used while the first refuses, and people hear of it once") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto refused = refused_url(test.loop);
  const auto sink = test.sink({refused, receiver.url()});
  REQUIRE(sink->write(batch({"one"})));
  CHECK(test.until([&] { return sink->safe() == 1; }));
  CHECK(test.reports == std::vector<std::string>{"connect to " + refused.text() +
                                                     ": Connection refused; trying the next, 1 message is waiting",
                                                 "connected to " + receiver.url().text()});
}

TEST_CASE("stream sink: a peer that does not read is waited for, beyond the timeout") {
  Fixture test;
  Receiver stuck(test.loop);
  Receiver next(test.loop);
  StreamOptions options = kWide;
  options.timeout = 300ms;  // longer than a retransmission takes
  const auto sink = test.sink({stuck.url(), next.url()}, options);
  REQUIRE(test.until([&] { return stuck.connections() == 1; }));
  stuck.pause();
  REQUIRE(sink->write(flood()));
  bool long_after = false;
  event::Timer timer(test.loop, [&] { long_after = true; });
  timer.start(4 * options.timeout);
  REQUIRE(test.until([&] { return long_after; }));
  CHECK(next.connections() == 0);
  stuck.go_on();
  REQUIRE(sink->finish());
  CHECK(test.until([&] { return sink->finished(); }));
  CHECK(test.reports.empty());
}

TEST_CASE("stream sink: after the end of input it gives up when nothing moves") {
  Fixture test;
  const auto url = refused_url(test.loop);
  const auto sink = test.sink({url}, {.drain_time = 20ms});
  REQUIRE(sink->write(batch({"one", "two"})));
  REQUIRE(sink->finish());
  base::Result<void> flushed;
  REQUIRE(test.until([&] { return !(flushed = sink->flush()); }));
  CHECK(flushed.error().kind == base::Kind::temporary);
  CHECK(flushed.error().text() ==
        "send to " + url.text() + ": 2 messages were not acknowledged within 20 ms; run again");
}

TEST_CASE("stream sink: a full window takes nothing until something is safe") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()}, {.window_messages = 2});
  REQUIRE(sink->write(batch({"one", "two"})));
  CHECK(sink->room() == 0);
  CHECK(test.until([&] { return sink->room() > 0; }));
  CHECK(sink->safe() == 2);
}

TEST_CASE("stream sink: what the peer says is ignored") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()});
  REQUIRE(test.until([&] { return receiver.connections() == 1; }));
  receiver.say("hello");
  CHECK(test.until([&] {
    return sink->state() ==
           "connected to " + receiver.url().text() + ", 0 messages unacknowledged, 5 bytes from it ignored";
  }));
}

TEST_CASE("stream sink: reopening connects anew") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()});
  REQUIRE(test.until([&] { return receiver.connections() == 1; }));
  REQUIRE(sink->reopen());
  CHECK(test.until([&] { return receiver.connections() == 2; }));
}

TEST_CASE("stream sink: reopening waits for what is under way, so that nothing is sent twice") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()}, kWide);
  REQUIRE(test.until([&] { return receiver.connections() == 1; }));
  const auto all = flood();
  REQUIRE(sink->write(all));
  REQUIRE(sink->reopen());
  CHECK(sink->room() == 0);
  CHECK(test.until([&] { return receiver.connections() == 2; }));
  CHECK(sink->room() > 0);
  CHECK(sink->safe() == all.count());
}

TEST_CASE("stream sink: an idle connection is closed, and the next message opens another") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()}, {.idle_timeout = 20ms});
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(test.until([&] { return sink->safe() == 1 && receiver.at_end(); }));
  CHECK(sink->state() == "idle, not connected, 0 messages waiting");
  REQUIRE(sink->write(batch({"two"})));
  REQUIRE(test.until([&] { return sink->safe() == 2 && receiver.at_end(); }));
  CHECK(receiver.received() == std::vector<std::string>{"one\n", "two\n"});
  REQUIRE(sink->finish());
  CHECK(sink->finished());
  CHECK(test.reports.empty());
}

TEST_CASE("stream sink: a connection is not idle while the peer reads nothing") {
  Fixture test;
  Receiver receiver(test.loop);
  StreamOptions options = kWide;
  options.idle_timeout = 20ms;
  const auto sink = test.sink({receiver.url()}, options);
  REQUIRE(sink->write(flood()));
  REQUIRE(test.until([&] { return receiver.connections() == 1; }));
  receiver.pause();
  bool long_after = false;
  event::Timer timer(test.loop, [&] { long_after = true; });
  timer.start(100ms);
  REQUIRE(test.until([&] { return long_after; }));
  receiver.go_on();
  CHECK(test.until([&] { return receiver.at_end(); }));
  CHECK(receiver.connections() == 1);
  CHECK(test.reports.empty());
}

TEST_CASE("stream sink: a peer that had not read everything when it closed is an error, though that was acknowledged") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()});
  REQUIRE(test.until([&] { return receiver.connections() == 1; }));
  receiver.pause();
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(test.until([&] { return sink->safe() == 1; }));
  REQUIRE(sink->finish());
  CHECK_FALSE(sink->finished());
  receiver.hang_up();
  REQUIRE(test.until([&] { return sink->finished(); }));
  const auto flushed = sink->flush();
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().kind == base::Kind::io);
  CHECK(flushed.error().why.ends_with("does it want TLS (tls://)?"));
}

TEST_CASE(
    "stream sink: the end of a peer that keeps its connection open is not waited for longer than the drain time") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()}, {.drain_time = 50ms});
  REQUIRE(test.until([&] { return receiver.connections() == 1; }));
  receiver.pause();
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(test.until([&] { return sink->safe() == 1; }));
  REQUIRE(sink->finish());
  CHECK(test.until([&] { return sink->finished(); }));
  CHECK(sink->flush());
}

TEST_CASE("stream sink: a peer that answers in another protocol is an error") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()});
  REQUIRE(test.until([&] { return receiver.connections() == 1; }));
  receiver.say(std::string_view("\x15\x03\x01\0\x02\x02\x46", 7));
  REQUIRE(test.until([&] { return !sink->flush(); }));
  const base::Error error = sink->flush().error();
  CHECK(error.kind == base::Kind::protocol);
  CHECK(error.why.starts_with("the peer answers with a TLS alert"));
}

TEST_CASE("stream sink: a peer that closes before the end of the messages is reported") {
  Fixture test;
  Receiver receiver(test.loop);
  const auto sink = test.sink({receiver.url()});
  REQUIRE(sink->write(batch({"one"})));
  REQUIRE(
      test.until([&] { return sink->safe() == 1 && receiver.connections() == 1 && !receiver.received()[0].empty(); }));
  receiver.hang_up();
  REQUIRE(sink->finish());
  REQUIRE(test.until([&] { return sink->finished(); }));
  CHECK(sink->flush());
  REQUIRE(test.reports.size() == 1);
  CHECK(test.reports[0].ends_with("does it want TLS (tls://)?"));
}
