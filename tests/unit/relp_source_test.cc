#include "tools/logcat/relp_source.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>

#include "base/io.h"
#include "net/socket.h"

using namespace std::chrono_literals;

namespace {

using Strings = std::vector<std::string>;

constexpr std::string_view kOpen = "1 open 30 relp_version=0\ncommands=syslog\n";

class Client {
 public:
  explicit Client(const std::string& address) {
    const net::Url url = net::parse_url(address).value();
    fd_ = std::move(*net::start_connect(net::resolve(url)->front(), url));
  }
  Client& say(std::string_view bytes) {
    REQUIRE(base::write_all(fd_.get(), bytes, "socket").has_value());
    return *this;
  }
  // What has come since the beginning.
  const std::string& heard() {
    std::array<char, 65536> buffer;
    for (;;) {
      const auto got = base::read_some(fd_.get(), buffer, "socket");
      closed_ |= !got || got->end;
      if (!got || got->bytes == 0) return heard_;
      heard_.append(buffer.data(), got->bytes);
    }
  }
  bool is_closed() {
    (void)heard();
    return closed_;
  }
  void shut_down() { ::shutdown(fd_.get(), SHUT_WR); }
  void hang_up() { fd_.reset(); }
  // Goes on with the block, over and over, as far as the socket takes it; how many bytes that was.
  std::size_t fill(std::string_view block) {
    for (const std::size_t before = filled_;;) {
      const auto written = base::write_some(fd_.get(), block.substr(filled_ % block.size()), "socket");
      if (!written || written->would_block) return filled_ - before;
      filled_ += written->bytes;
    }
  }

 private:
  base::Fd fd_;
  std::string heard_;
  std::size_t filled_ = 0;
  bool closed_ = false;
};

struct Fixture {
  event::Loop loop = event::Loop::create().value();
  std::unique_ptr<logcat::RelpSource> source;
  Strings messages;
  Strings reports;

  void listen(logcat::RelpSourceOptions options = {}) {
    auto opened = logcat::RelpSource::open(loop, {net::parse_url("relp://127.0.0.1:0").value()}, options,
                                           [this](base::Level, const std::string& line) { reports.push_back(line); });
    REQUIRE_MESSAGE(opened.has_value(), opened.error().text());
    source = std::move(*opened);
  }
  Client client() { return Client(source->addresses().front()); }
  Client open_client() {
    Client made = client();
    made.say(kOpen);
    until([&] { return made.heard().find("200 OK\n") != std::string::npos; });
    return made;
  }
  stream::Next read(std::size_t limit = 1 << 20) {
    stream::Batch batch;
    const auto next = source->read(batch, limit);
    REQUIRE(next.has_value());
    batch.for_each([&](std::size_t, std::string_view message) { messages.emplace_back(message); });
    return *next;
  }
  // Turns the loop until `done`; five seconds fail the test.
  template <class Done>
  void until(Done done) {
    const base::Instant start = base::now();
    bool is_done = done();
    for (; !is_done && base::now() - start < 5s; is_done = done()) loop.wait(20ms);
    REQUIRE(is_done);
  }
  const Strings& receive(std::size_t count) {
    until([&] {
      while (read() == stream::Next::more) continue;
      return messages.size() >= count;
    });
    return messages;
  }
  bool hears(Client& peer, std::string_view end) {
    until([&] { return peer.heard().ends_with(end); });
    return true;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "relp source: messages are answered when they are acknowledged") {
  listen();
  Client peer = open_client();
  peer.say("2 syslog 3 one\n3 syslog 3 two\n4 syslog 5 three\n");
  CHECK(receive(3) == Strings{"one", "two", "three"});
  CHECK(peer.heard().ends_with("commands=syslog\n"));
  REQUIRE(source->acknowledge(2).has_value());
  CHECK(hears(peer, "2 rsp 6 200 OK\n3 rsp 6 200 OK\n"));
  REQUIRE(source->acknowledge(3).has_value());
  CHECK(hears(peer, "4 rsp 6 200 OK\n"));
}

TEST_CASE_FIXTURE(Fixture, "relp source: each connection gets the answers to its own messages") {
  listen();
  Client first = open_client(), second = open_client();
  first.say("2 syslog 1 a\n");
  (void)receive(1);
  second.say("2 syslog 1 b\n3 syslog 1 c\n");
  (void)receive(3);
  first.say("3 syslog 1 d\n");
  CHECK(receive(4) == Strings{"a", "b", "c", "d"});
  REQUIRE(source->acknowledge(2).has_value());
  CHECK(hears(first, "syslog\n2 rsp 6 200 OK\n"));
  CHECK(hears(second, "syslog\n2 rsp 6 200 OK\n"));
  REQUIRE(source->acknowledge(4).has_value());
  CHECK(hears(first, "2 rsp 6 200 OK\n3 rsp 6 200 OK\n"));
  CHECK(hears(second, "2 rsp 6 200 OK\n3 rsp 6 200 OK\n"));
}

TEST_CASE_FIXTURE(Fixture, "relp source: a rejected message is answered 500") {
  listen();
  Client first = open_client(), second = open_client();
  first.say("2 syslog 1 a\n");
  (void)receive(1);
  second.say("2 syslog 1 b\n");
  (void)receive(2);
  CHECK(source->reject(2, "not syslog"));
  CHECK(hears(second, "2 rsp 14 500 not syslog\n"));
  REQUIRE(source->acknowledge(2).has_value());
  CHECK(hears(first, "2 rsp 6 200 OK\n"));
  CHECK(second.heard().ends_with("500 not syslog\n"));
}

TEST_CASE_FIXTURE(Fixture, "relp source: close is answered after the messages, then the connection ends") {
  listen();
  Client peer = open_client();
  peer.say("2 syslog 1 a\n3 close 0\n");
  (void)receive(1);
  REQUIRE(source->acknowledge(1).has_value());
  CHECK(hears(peer, "2 rsp 6 200 OK\n3 rsp 0\n0 serverclose 0\n"));
  until([&] { return peer.is_closed(); });
  CHECK(source->state().starts_with("RELP connections: 0 now, 1 so far;"));
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "relp source: stopped, it answers what becomes safe, says serverclose and takes no more") {
  listen();
  Client busy = open_client(), idle = open_client();
  busy.say("2 syslog 1 a\n");
  (void)receive(1);
  source->stop();
  busy.say("3 syslog 1 b\n");
  CHECK(read() == stream::Next::end);
  CHECK(hears(idle, "0 serverclose 0\n"));
  REQUIRE(source->acknowledge(1).has_value());
  CHECK(hears(busy, "2 rsp 6 200 OK\n0 serverclose 0\n"));
  CHECK(messages == Strings{"a"});
}

TEST_CASE_FIXTURE(Fixture, "relp source: what never becomes safe is not answered, but the client is told to go") {
  listen();
  Client peer = open_client();
  peer.say("2 syslog 1 a\n3 syslog 1 b\n");
  (void)receive(2);
  source->stop();
  REQUIRE(source->acknowledge(1).has_value());
  source.reset();
  CHECK(hears(peer, "syslog\n2 rsp 6 200 OK\n0 serverclose 0\n"));
}

TEST_CASE_FIXTURE(Fixture, "relp source: a client that shuts its side down still gets its answers") {
  listen();
  Client peer = open_client();
  peer.say("2 syslog 1 a\n").shut_down();
  (void)receive(1);
  loop.wait(1ms);
  REQUIRE(source->acknowledge(1).has_value());
  CHECK(hears(peer, "2 rsp 6 200 OK\n0 serverclose 0\n"));
}

TEST_CASE_FIXTURE(Fixture, "relp source: a client that is gone does not matter to the others") {
  listen();
  Client gone = open_client(), peer = open_client();
  gone.say("2 syslog 1 a\n");
  (void)receive(1);
  gone.hang_up();
  peer.say("2 syslog 1 b\n");
  (void)receive(2);
  REQUIRE(source->acknowledge(1).has_value());
  REQUIRE(source->acknowledge(2).has_value());
  CHECK(hears(peer, "2 rsp 6 200 OK\n"));
}

TEST_CASE_FIXTURE(Fixture, "relp source: nonsense ends the connection with one report, after answers that are due") {
  listen();
  Client good = open_client(), bad = open_client(), web = client();
  web.say("GET / HTTP/1.1\r\n\r\n");
  bad.say("2 syslog 1 a\nnonsense\n");
  CHECK(receive(1) == Strings{"a"});
  until([&] { return web.is_closed(); });
  REQUIRE(source->acknowledge(1).has_value());
  CHECK(hears(bad, "2 rsp 6 200 OK\n0 serverclose 0\n"));
  until([&] { return bad.is_closed(); });
  REQUIRE(reports.size() == 2);
  for (const auto& line : reports) {
    CHECK(line.starts_with("receive RELP from 127.0.0.1:"));
    CHECK(line.ends_with("; the connection is closed"));
  }
  good.say("2 syslog 1 b\n");
  CHECK(receive(2).back() == "b");
}

TEST_CASE_FIXTURE(Fixture,
                  "relp source: a client that goes in the middle of a very long message leaves its beginning") {
  listen({.max_message = 1000});
  Client peer = open_client();
  peer.say("2 syslog 999999999 " + std::string(300'000, 'x'));
  CHECK(receive(200).front() == std::string(1000, 'x'));
  REQUIRE(source->acknowledge(messages.size()).has_value());
  peer.hang_up();
  until([&] {
    (void)read();
    return source->state().starts_with("RELP connections: 0 now, 1 so far; 0 messages unanswered");
  });
  Client other = open_client();
  other.say("2 syslog 1 b\n");
  CHECK(receive(messages.size() + 1).back() == "b");
}

TEST_CASE_FIXTURE(Fixture, "relp source: a message over max_message is cut, told of, and answered once") {
  listen({.max_message = 4});
  Client peer = open_client();
  peer.say("2 syslog 6 123456\n3 close 0\n");
  CHECK(receive(2) == Strings{"1234", "56"});
  REQUIRE(source->acknowledge(1).has_value());
  CHECK(peer.heard().ends_with("commands=syslog\n"));
  REQUIRE(source->acknowledge(2).has_value());
  CHECK(hears(peer, "2 rsp 6 200 OK\n3 rsp 0\n0 serverclose 0\n"));
  CHECK(reports.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "relp source: a connection that opens no session is closed") {
  listen({.open_timeout = 10ms});
  Client peer = client();
  peer.say("1 op");
  until([&] { return peer.is_closed(); });
  REQUIRE(reports.size() == 1);
  CHECK(reports.front().ends_with("no session was opened within 10 ms; the connection is closed"));
}

TEST_CASE_FIXTURE(Fixture, "relp source: an idle client is told to go, one that waits for us is not") {
  listen({.idle_timeout = 20ms});
  Client waiting = open_client();
  waiting.say("2 syslog 1 a\n");
  (void)receive(1);
  Client idle = open_client();
  CHECK(hears(idle, "0 serverclose 0\n"));
  CHECK_FALSE(waiting.is_closed());
  REQUIRE(source->acknowledge(1).has_value());
  CHECK(hears(waiting, "2 rsp 6 200 OK\n0 serverclose 0\n"));
  CHECK(reports.empty());
}

TEST_CASE_FIXTURE(Fixture, "relp source: a client that does not read its answers is not received from for ever") {
  listen();
  Client peer = open_client();
  const std::string block = "2 eventlog 0\n";
  std::size_t sent = 0;
  std::size_t quiet = 0;
  while (quiet < 3) {
    const std::size_t more = peer.fill(block);
    sent += more;
    quiet = more == 0 ? quiet + 1 : 0;
    loop.wait(10ms);
    (void)read();
    REQUIRE(sent < 64 << 20);
  }
  CHECK(sent > block.size());
}

TEST_CASE_FIXTURE(Fixture, "relp source: while nobody takes messages, clients are held back and nothing is lost") {
  listen();
  Client peer = open_client();
  std::string frames;
  for (int i = 0; i < 2000; ++i) frames += "2 syslog 1000 " + std::string(1000, 'x') + "\n";
  std::size_t sent = 0;
  for (std::size_t more = peer.fill(frames); more > 0; more = peer.fill(frames)) {
    sent += more;
    loop.wait(20ms);
    REQUIRE(sent < 64 << 20);
  }
  const std::size_t whole = sent / (frames.size() / 2000);
  CHECK(receive(whole).size() == whole);
}

TEST_CASE_FIXTURE(Fixture, "relp source: tells who sent a message") {
  listen({.peers = true});
  Client peer = open_client();
  peer.say("2 syslog 1 a\n");
  (void)receive(1);
  const net::Peer* sender = source->peer(1);
  REQUIRE(sender != nullptr);
  CHECK(sender->address == "127.0.0.1");
  CHECK(sender->protocol == "relp");
  CHECK(source->addresses().front() == "relp://127.0.0.1:" + std::to_string(sender->local_port));
}

TEST_CASE_FIXTURE(Fixture, "relp source: connections beyond the limit wait") {
  listen({.max_connections = 1});
  Client first = open_client(), second = client();
  second.say(kOpen);
  loop.wait(10ms);
  CHECK(second.heard().empty());
  CHECK(source->state().find("all that --max-connections allows") != std::string::npos);
  first.say("2 close 0\n");
  until([&] { return !second.heard().empty(); });
}
