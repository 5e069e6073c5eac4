// Answers in pieces, through an http::Server and a socket.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/io.h"
#include "http/server.h"
#include "net/socket.h"
#include "sink_peer.h"

using http::Body;
using unit::turn_until;

namespace {

// What the test says that there is.
struct Script {
  std::string text;
  bool endless = false;    // the end is not the end of `text`
  bool stopped = false;    // Body::stop() was called
  bool gone = false;       // the body was destroyed
  std::size_t pulled = 0;  // bytes of the text
};

class ScriptedBody final : public Body {
 public:
  explicit ScriptedBody(Script& script) : script_(script) {}
  ~ScriptedBody() override { script_.gone = true; }
  Next pull(std::string& out, std::size_t room) override {
    const std::size_t count = std::min(room, script_.text.size() - script_.pulled);
    out.append(script_.text, script_.pulled, count);
    script_.pulled += count;
    if (script_.pulled < script_.text.size()) return Next::ready;
    return script_.endless && !script_.stopped ? Next::waiting : Next::end;
  }
  void stop() override { script_.stopped = true; }

 private:
  Script& script_;
};

// Answers "/stream" in pieces, and anything else with "whole".
class Fixture final : public http::Server::Handler {
 public:
  virtual ~Fixture() = default;
  Fixture() {
    http::ServerOptions options;
    options.max_requests = 3;
    auto opened = http::Server::open(loop, {*net::parse_url("tcp://127.0.0.1:0")}, std::move(options), *this,
                                     [](base::Level, const std::string&) {});
    REQUIRE(opened);
    server = std::move(*opened);
    connect();
  }
  void connect() {
    const net::Url url = *net::parse_url(server->addresses().front());
    client = std::move(*net::start_connect(net::resolve(url)->front(), url));
    REQUIRE(turn_until(loop, [&] { return net::connect_result(client.get(), url).has_value(); }));
    received.clear();
    ended = false;
  }
  void say(const std::string& bytes) const { REQUIRE(base::write_all(client.get(), bytes, "client")); }
  void ask(const std::string& path, const std::string& version = "1.1") const {
    say("GET " + path + " HTTP/" + version + "\r\nHost: a\r\n\r\n");
  }
  bool hears(const std::string& text) {
    return turn_until(loop, [&] {
      read();
      return received.ends_with(text);
    });
  }
  bool hears_end() {
    return turn_until(loop, [&] {
      read();
      return ended;
    });
  }
  void wake() const { server->wake(exchanges.back()); }

  std::optional<http::Response> refuse(const http::Request&) override { return std::nullopt; }
  [[nodiscard]] bool has_room(const http::Request&) const override { return true; }
  void serve(http::Exchange exchange, http::Request request, std::shared_ptr<const net::Peer>) override {
    if (request.target != "/stream") return void(server->answer(exchange, {.body = "whole"}));
    exchanges.push_back(exchange);
    server->stream(exchange, {}, std::make_unique<ScriptedBody>(script));
  }

  event::Loop loop = std::move(*event::Loop::create());
  std::unique_ptr<http::Server> server;
  Script script;
  base::Fd client;
  std::string received;
  bool ended = false;
  std::vector<http::Exchange> exchanges;  // of streams

 private:
  void read() {
    std::array<char, 65536> buffer;
    for (;;) {
      const auto got = base::read_some(client.get(), buffer, "client");
      REQUIRE(got);
      received.append(buffer.data(), got->bytes);
      ended = got->end;
      if (got->bytes == 0) return;
    }
  }
};

}  // namespace

TEST_CASE("http streaming: pieces come when there are some, and the connection goes on after the last") {
  Fixture test;
  test.script = {.text = "one", .endless = true};
  test.ask("/stream");
  CHECK(test.hears("3\r\none\r\n"));
  test.script.text += "three";
  test.wake();
  CHECK(test.hears("5\r\nthree\r\n"));
  test.script.endless = false;
  test.wake();
  CHECK(test.hears("0\r\n\r\n"));
  CHECK(test.script.gone);
  test.ask("/");
  CHECK(test.hears("whole"));
}

TEST_CASE("http streaming: for HTTP/1.0 the end of the connection is the end") {
  Fixture test;
  test.script = {.text = "all of it"};
  test.ask("/stream", "1.0");
  CHECK(test.hears_end());
  CHECK(test.received.ends_with("\r\n\r\nall of it"));
}

TEST_CASE("http streaming: of a body that nobody reads a bounded part is pulled, and the rest when it is read") {
  Fixture test;
  constexpr std::size_t kSize = 32 << 20;
  test.script = {.text = std::string(kSize, 'x')};
  test.ask("/stream");
  std::size_t before = 1;
  REQUIRE(turn_until(test.loop, [&] {
    const bool rests = test.script.pulled > 0 && before == test.script.pulled;
    before = test.script.pulled;
    return rests;
  }));
  CHECK(test.script.pulled < kSize / 2);
  CHECK(test.hears("0\r\n\r\n"));
  CHECK(test.script.pulled == kSize);
}

TEST_CASE("http streaming: a body whose client goes is destroyed") {
  Fixture test;
  test.script.endless = true;
  test.ask("/stream");
  REQUIRE(test.hears("\r\n\r\n"));
  CHECK_FALSE(test.script.gone);
  test.client.reset();
  CHECK(turn_until(test.loop, [&] { return test.script.gone; }));
  test.wake();  // of no effect
  test.loop.wait(base::Duration::zero());
}

TEST_CASE("http streaming: a client that sends no more counts as gone") {
  Fixture test;
  test.script.endless = true;
  test.ask("/stream");
  REQUIRE(test.hears("\r\n\r\n"));
  REQUIRE(::shutdown(test.client.get(), SHUT_WR) == 0);
  CHECK(test.hears_end());
  CHECK(test.script.gone);
}

TEST_CASE("http streaming: streams are no requests under way") {
  Fixture test;
  test.script.endless = true;
  std::vector<base::Fd> others;
  for (int i = 0; i < 4; ++i) {
    test.ask("/stream");
    REQUIRE(test.hears("chunked\r\n\r\n"));
    others.push_back(std::move(test.client));
    test.connect();
  }
  test.ask("/");
  CHECK(test.hears("whole"));
}

TEST_CASE("http streaming: a server that stops ends bodies that have no end, and their connections") {
  Fixture test;
  test.script.endless = true;
  test.ask("/stream");
  REQUIRE(test.hears("\r\n\r\n"));
  test.server->stop();
  CHECK(test.hears_end());
  CHECK(test.received.ends_with("0\r\n\r\n"));
}
