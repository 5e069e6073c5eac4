#include "tools/logcat/listener.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/io.h"
#include "folder.h"
#include "net/socket.h"

namespace {

using Strings = std::vector<std::string>;

class Client {
 public:
  explicit Client(const std::string& address) {
    const net::Url url = net::parse_url(address).value();
    fd_ = std::move(*net::start_connect(net::resolve(url)->front(), url));
  }
  // Both ends are on this machine and in this thread: only what fits into the socket's buffers.
  Client& say(std::string_view bytes) {
    REQUIRE(base::write_all(fd_.get(), bytes, "socket").has_value());
    return *this;
  }
  void hang_up() { fd_.reset(); }
  void reset_connection() {
    const linger at_once{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    fd_.reset();
  }
  bool is_closed_by_peer() {
    char byte;
    const auto got = base::read_some(fd_.get(), {&byte, 1}, "socket");
    return !got || got->end;
  }
  std::size_t fill() {
    const std::string block(64 << 10, '\n');
    std::size_t total = 0;
    for (;;) {
      const auto written = base::write_some(fd_.get(), block, "socket");
      if (written->would_block) return total;
      total += written->bytes;
    }
  }
  int fd() const { return fd_.get(); }

 private:
  base::Fd fd_;
};

class Fixture {
 public:
  void listen(logcat::ListenerOptions options = {}, std::vector<std::string> addresses = {"tcp://127.0.0.1:0"}) {
    std::vector<net::Url> urls;
    for (const auto& address : addresses) urls.push_back(net::parse_url(address).value());
    auto opened = logcat::Listener::open(loop, urls, options,
                                         [this](base::Level, const std::string& line) { reports.push_back(line); });
    REQUIRE_MESSAGE(opened.has_value(), opened.error().text());
    listener = std::move(*opened);
  }
  void listen_on_unix(logcat::ListenerOptions options) { listen(std::move(options), {"unix:" + path("s")}); }
  Client client() { return Client(listener->addresses().front()); }
  std::string path(const std::string& name) const { return folder_ / name; }

  // Turns the loop until `done`. A minute, which only a failing test needs, is enough on a busy machine too.
  template <class Done>
  void turn_until(Done done) {
    const base::Instant start = base::now();
    bool is_done = done();
    for (; !is_done && base::now() - start < std::chrono::minutes(1); is_done = done())
      loop.wait(std::chrono::milliseconds(100));
    REQUIRE(is_done);
  }

  stream::Next read(std::size_t limit = 1 << 20) {
    stream::Batch batch;
    const auto next = listener->read(batch, limit);
    REQUIRE(next.has_value());
    batch.for_each([&](std::size_t, std::string_view message) { messages.emplace_back(message); });
    return *next;
  }
  Strings receive(std::size_t count) {
    turn_until([&] {
      while (read() == stream::Next::more) continue;
      return messages.size() >= count;
    });
    return messages;
  }
  void until_state(std::string_view start) {
    turn_until([&] {
      while (read() == stream::Next::more) continue;
      return listener->state().starts_with(start);
    });
  }

  event::Loop loop = event::Loop::create().value();
  std::unique_ptr<logcat::Listener> listener;
  Strings messages;
  Strings reports;

 private:
  unit::Folder folder_;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "lines and octet counting are recognised on each connection") {
  listen();
  Client lines = client(), octets = client();
  lines.say("a line\n");
  CHECK(receive(1) == Strings{"a line"});
  octets.say("3 a\nb");
  CHECK(receive(2) == Strings{"a line", "a\nb"});
}

TEST_CASE_FIXTURE(Fixture, "an unterminated last line is a message when the connection closes") {
  listen();
  client().say("one\ntwo").hang_up();
  CHECK(receive(2) == Strings{"one", "two"});
  until_state("connections: 0 now");
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "half an octet frame at the end is reported and is not a message") {
  listen();
  client().say("2 ok99 half").hang_up();
  CHECK(receive(1) == Strings{"ok"});
  until_state("connections: 0 now, 1 so far, 1 broken");
  REQUIRE(reports.size() == 1);
  CHECK(reports.front().starts_with("receive from 127.0.0.1:"));
}

TEST_CASE_FIXTURE(Fixture, "a connection that breaks the framing is closed, the others go on") {
  listen({.framing = stream::Framing::octet});
  Client good = client(), bad = client();
  good.say("5 first");
  (void)receive(1);
  bad.say("2 okgarbage here");
  CHECK(receive(2) == Strings{"first", "ok"});
  REQUIRE(bad.is_closed_by_peer());
  CHECK(reports.front().ends_with("; the connection is closed"));
  good.say("6 second");
  CHECK(receive(3).back() == "second");
}

TEST_CASE_FIXTURE(Fixture,
                  "a client that came to the wrong port is reported, counted and closed, and nothing is taken") {
  listen();
  Client browser = client();
  browser.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  until_state("connections: 0 now, 1 so far, 1 broken");
  CHECK(messages.empty());
  REQUIRE(reports.size() == 1);
  CHECK(reports.front().ends_with("an HTTP request came to a port for log messages; the connection is closed"));
}

TEST_CASE_FIXTURE(Fixture, "a connection that is reset is reported") {
  listen();
  Client peer = client();
  peer.say("one\n");
  (void)receive(1);
  peer.reset_connection();
  until_state("connections: 0 now");
  REQUIRE(reports.size() == 1);
  CHECK(reports.front().ends_with(": Connection reset by peer; the connection is closed"));
}

TEST_CASE_FIXTURE(Fixture, "connections beyond the limit wait until one is closed") {
  listen({.max_connections = 1});
  Client first = client(), second = client();
  second.say("second\n");
  first.say("first\n");
  CHECK(receive(1) == Strings{"first"});
  CHECK(listener->state().starts_with("connections: 1 now (all"));
  first.hang_up();
  CHECK(receive(2).back() == "second");
}

TEST_CASE_FIXTURE(Fixture, "while nothing is read, connections are held back and nothing is lost") {
  listen();
  Client peer = client();
  std::size_t sent = 0;
  std::size_t more = peer.fill();
  while (more > 0) {
    sent += more;
    loop.wait(std::chrono::milliseconds(20));
    more = peer.fill();
  }
  CHECK(sent < 64 << 20);
  peer.hang_up();
  until_state("connections: 0 now");
  CHECK(messages.size() == sent);
}

TEST_CASE_FIXTURE(Fixture, "a flood on some connections does not starve another") {
  listen();
  std::vector<Client> floods;
  for (int i = 0; i < 6; ++i) floods.push_back(client());
  for (Client& flood : floods) (void)flood.fill();
  client().say("me too\n").hang_up();
  std::size_t turns = 0;
  turn_until([&] {
    (void)read();
    for (Client& flood : floods) (void)flood.fill();
    ++turns;
    return std::find(messages.begin(), messages.end(), "me too") != messages.end();
  });
  CHECK(turns < 50);
}

TEST_CASE_FIXTURE(Fixture, "a small limit gives one message at a time") {
  listen();
  client().say("1\n2\n3\n").hang_up();
  turn_until([&] { return read(1) == stream::Next::more; });
  CHECK(messages == Strings{"1"});
  CHECK(read(1) == stream::Next::more);
  CHECK(messages == Strings{"1", "2"});
}

TEST_CASE_FIXTURE(Fixture, "an idle connection is closed and its last line kept") {
  listen_on_unix({.idle_timeout = std::chrono::milliseconds(10)});
  Client peer = client();
  peer.say("half");
  CHECK(receive(1) == Strings{"half"});
  CHECK(peer.is_closed_by_peer());
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "what has come is read before a connection counts as idle, however slow the process is") {
  listen_on_unix({.idle_timeout = std::chrono::nanoseconds(1)});  // over when the loop turns next
  Client peer = client();
  peer.say("one\nhalf");
  turn_until([&] { return peer.is_closed_by_peer(); });
  CHECK(read() == stream::Next::wait);
  CHECK(messages == Strings{"one", "half"});
}

TEST_CASE_FIXTURE(Fixture, "messages that are too long are cut and told of") {
  listen({.max_message = 4});
  client().say("123456\n").hang_up();
  CHECK(receive(2) == Strings{"1234", "56"});
  until_state("connections: 0 now");
  CHECK(reports.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "unfinished messages of many connections are bounded, and the others go on") {
  listen();
  std::vector<Client> hoarders;
  const std::string most_of_a_message(900 << 10, 'x');
  for (int i = 0; i < 24 && reports.empty(); ++i) {
    hoarders.push_back(client());
    std::string_view left = most_of_a_message;
    turn_until([&] {
      const auto written = base::write_some(hoarders.back().fd(), left, "socket");
      if (written) left.remove_prefix(written->bytes);
      read();
      return left.empty() || !reports.empty();
    });
  }
  turn_until([&] {
    read();
    return !reports.empty();
  });
  Client other = client();
  other.say("still here\n");
  CHECK(receive(1) == Strings{"still here"});
  REQUIRE(!reports.empty());
  CHECK(reports.front().find("unfinished messages") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a stopped listener hands out what it had, then ends and closes") {
  listen();
  Client peer = client();
  peer.say("1\n2\nhalf");
  turn_until([&] { return read(1) == stream::Next::more; });
  listener->stop();
  CHECK_FALSE(peer.is_closed_by_peer());
  CHECK(read() == stream::Next::end);
  CHECK(messages == Strings{"1", "2"});
  CHECK(peer.is_closed_by_peer());
  CHECK(reports.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "several listeners are one source, and a socket file goes with its listener") {
  const std::string socket = path("s");
  listen({}, {"tcp://127.0.0.1:0", "unix:" + socket});
  CHECK(listener->addresses().back() == "unix:" + socket);
  client().say("tcp\n").hang_up();
  CHECK(receive(1) == Strings{"tcp"});
  Client("unix:" + socket).say("unix\n").hang_up();
  CHECK(receive(2).back() == "unix");
  listener.reset();
  CHECK_FALSE(std::filesystem::exists(socket));
}

TEST_CASE_FIXTURE(Fixture, "an address that is taken fails, and leaves no socket file of the others") {
  listen();
  const std::string socket = path("s");
  const std::vector<net::Url> urls{net::parse_url("unix:" + socket).value(),
                                   net::parse_url(listener->addresses().front()).value()};
  const auto second = logcat::Listener::open(loop, urls, {}, nullptr);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().kind == base::Kind::unavailable);
  CHECK_FALSE(std::filesystem::exists(socket));
}

TEST_CASE_FIXTURE(Fixture, "stopped, it takes what all those sent who were waiting to be accepted") {
  listen();
  std::vector<Client> clients;
  for (int i = 0; i < 150; ++i) (clients.emplace_back(client())).say("a line\n");
  listener->stop();
  while (read() == stream::Next::more) continue;
  CHECK(messages.size() == 150);
}

TEST_CASE_FIXTURE(Fixture, "without descriptors accepting pauses with one warning, and goes on later") {
  listen();
  Client peer = client();
  peer.say("patient\n");
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit none{0, limit.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  turn_until([&] { return !reports.empty(); });
  loop.wait(base::Duration::zero());
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(receive(1) == Strings{"patient"});
  CHECK(reports.size() == 1);
  CHECK(reports.front().find("Too many open files") != std::string::npos);
}
