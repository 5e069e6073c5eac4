// What a connection does for its owner, whatever is spoken on it: over real socket pairs.
#include "net/connection.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "net/goodbye.h"
#include "sink_peer.h"
#include "tls_ends.h"

using namespace std::chrono_literals;
using net::Connection;
using tls_test::numbers;
using unit::turn_until;

namespace {

// Receives all that comes, and keeps what it was told.
class Owner final : public Connection::Owner {
 public:
  std::unique_ptr<Connection> connection;
  std::string received;
  std::optional<base::Error> error;
  bool end = false;
  int turns = 0;
  int told_writable = 0;
  int told_overdue = 0;
  std::size_t buffer_size = 65536;

  bool is_over() const { return end || error; }

 private:
  void readable() override {
    ++turns;
    std::string buffer(buffer_size, '\0');
    const auto got = connection->receive(buffer);
    if (!got) return void(error = got.error());
    received.append(buffer, 0, got->bytes);
    end = end || got->end;
  }
  void writable() override { ++told_writable; }
  void overdue() override { ++told_overdue; }
};

// A connection of a server, and its peer: a descriptor.
struct Plain {
  explicit Plain(Connection::Wording wording = {}) {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    peer = base::Fd(fds[1]);
    owner.connection = std::make_unique<Connection>(loop, tls_test::open(base::Fd(fds[0]), "peer", nullptr),
                                                    static_cast<Connection::Owner&>(owner), wording);
  }
  Connection& connection() { return *owner.connection; }
  void say(std::string_view bytes) const { REQUIRE(base::write_all(peer.get(), bytes, "peer")); }
  // All that has come by now.
  std::string hear() const {
    std::string all;
    std::string buffer(65536, '\0');
    for (;;) {
      const auto got = base::read_some(peer.get(), buffer, "peer");
      if (!got || got->end || got->would_block) return all;
      all.append(buffer, 0, got->bytes);
    }
  }
  bool peer_at_end() const {
    char byte = 0;
    const auto got = base::read_some(peer.get(), {&byte, 1}, "peer");
    return got && got->end;
  }
  void fill() {
    connection().output() = numbers(4'000'000);
    connection().flush();
    REQUIRE(connection().unsent() > 0);
  }

  event::Loop loop = std::move(*event::Loop::create());
  Owner owner;
  base::Fd peer;
};

// A connection of a server with TLS, and a client.
struct Secure {
  Secure() {
    tls_test::Sockets sockets = tls_test::connect_sockets();
    server_tls = tls_test::context(net::TlsRole::server, tls_test::shows("good"));
    client_tls = tls_test::context(net::TlsRole::client, tls_test::trusts());
    owner.connection = std::make_unique<Connection>(
        loop, tls_test::open(std::move(sockets.server), "peer", server_tls.get()),
        static_cast<Connection::Owner&>(owner), Connection::Wording{"receive X from", "X"});
    client = std::make_unique<tls_test::End>(
        loop, tls_test::open(std::move(sockets.client), "server", client_tls.get(), sockets.url.host));
  }
  Connection& connection() { return *owner.connection; }

  event::Loop loop = std::move(*event::Loop::create());
  std::shared_ptr<net::TlsContext> server_tls;
  std::shared_ptr<net::TlsContext> client_tls;
  Owner owner;
  std::unique_ptr<tls_test::End> client;
};

}  // namespace

TEST_CASE("connection: bytes arrive, and then the end") {
  Plain test;
  CHECK(test.connection().established());
  test.say("hello");
  test.peer.reset();
  CHECK(turn_until(test.loop, [&] { return test.owner.end; }));
  CHECK(test.owner.received == "hello");
  CHECK(test.connection().bytes_received() == 5);
  CHECK(test.connection().closed_by_peer());
}

TEST_CASE("connection: what the socket does not take at once is sent when the peer reads") {
  Plain test;
  test.fill();
  std::string heard;
  CHECK(turn_until(test.loop, [&] {
    heard += test.hear();
    return test.connection().unsent() == 0;
  }));
  heard += test.hear();
  CHECK((heard == numbers(4'000'000)));
  CHECK(test.connection().bytes_written() == 4'000'000);
  CHECK(test.owner.told_writable > 0);
}

TEST_CASE("connection: its owner can see that a peer does not read") {
  Plain test;
  CHECK_FALSE(test.connection().full());
  test.fill();
  CHECK(test.connection().full());
  CHECK(turn_until(test.loop, [&] {
    (void)test.hear();
    return !test.connection().full();
  }));
}

TEST_CASE("connection: without its queue it says how much was taken, and keeps nothing") {
  Plain test;
  const std::string text = numbers(4'000'000);
  const std::size_t taken = test.connection().write(text);
  CHECK(taken > 0);
  CHECK(taken < text.size());
  CHECK(test.connection().write(std::string_view(text).substr(taken)) == 0);
  CHECK(test.connection().unsent() == 0);
  CHECK(test.hear() == text.substr(0, taken));
}

TEST_CASE("connection: while it is held nothing is received, and then all of it") {
  Plain test;
  test.connection().hold(true);
  test.say("hello");
  test.loop.wait(0s);
  CHECK(test.owner.turns == 0);
  test.connection().hold(false);
  CHECK(turn_until(test.loop, [&] { return test.owner.received == "hello"; }));
}

TEST_CASE("connection: what goes wrong in writing is told after what the peer had said") {
  Plain test;
  test.say("no, because");
  test.peer.reset();
  test.connection().output() = "hello";
  test.connection().flush();
  CHECK(test.connection().failed());
  CHECK(turn_until(test.loop, [&] { return test.owner.is_over(); }));
  CHECK(test.owner.received == "no, because");
}

TEST_CASE("connection: what goes wrong in writing is told at once where nothing is to be received") {
  Plain test;
  test.connection().hold(true);
  test.peer.reset();
  test.connection().output() = "hello";
  test.connection().flush();
  CHECK(turn_until(test.loop, [&] { return test.owner.error.has_value(); }));
  CHECK(test.owner.error->text() == "write peer: Broken pipe");
}

TEST_CASE("connection: from some time on only what has come already is received") {
  Plain test;
  test.say("hello");
  test.connection().take_no_more();
  test.say("world");
  test.owner.buffer_size = 5;
  CHECK(turn_until(test.loop, [&] { return test.owner.end; }));
  CHECK(test.owner.received == "hello");
  CHECK_FALSE(test.connection().closed_by_peer());
}

TEST_CASE("connection: a deadline is kept whatever is moved") {
  Plain test;
  test.connection().set_deadline(10ms);
  CHECK(turn_until(test.loop, [&] {
    test.say(".");
    return test.owner.told_overdue > 0;
  }));
  CHECK(test.owner.told_overdue == 1);
}

TEST_CASE("connection: it is idle when nothing was moved for so long") {
  Plain test;
  test.say("hello");
  test.connection().set_idle_limit(10ms);
  REQUIRE(turn_until(test.loop, [&] { return test.owner.told_overdue > 0; }));
  CHECK(test.owner.received == "hello");
  CHECK(base::now() - test.connection().last_moved() >= 10ms);
}

TEST_CASE("connection: a peer that begins with another protocol is named") {
  Plain test({"receive X from", "X"});
  test.say("GET / HTTP/1.1\r\n\r\n");
  REQUIRE(turn_until(test.loop, [&] { return test.owner.error.has_value(); }));
  CHECK(test.owner.error->text() == "receive X from peer: an HTTP request came to a port for X");
  CHECK(test.owner.error->kind == base::Kind::protocol);
}

TEST_CASE("connection: TLS is agreed on before anything is received or sent") {
  Secure test;
  CHECK_FALSE(test.connection().established());
  test.connection().output() = "welcome";
  test.connection().flush();
  CHECK(test.connection().unsent() == 7);
  test.client->send("hello");
  REQUIRE(turn_until(test.loop, [&] { return test.owner.received == "hello"; }));
  test.connection().flush();
  CHECK(turn_until(test.loop, [&] { return test.client->received == "welcome"; }));
}

TEST_CASE("connection: a TLS handshake that stalls is overdue with the idle time") {
  Secure test;
  test.connection().set_idle_limit(10ms);
  base::Fd silent(::dup(test.client->transport().fd()));
  test.client.reset();
  CHECK(turn_until(test.loop, [&] { return test.owner.told_overdue > 0; }));
  CHECK_FALSE(test.connection().established());
}

TEST_CASE("connection: a TLS handshake that fails is told with the task and the peer") {
  Secure test;
  base::Fd raw(::dup(test.client->transport().fd()));
  test.client.reset();
  REQUIRE(base::write_all(raw.get(), "hello, I am no TLS\r\n", "peer"));
  REQUIRE(turn_until(test.loop, [&] { return test.owner.error.has_value(); }));
  CHECK(test.owner.error->text() == "receive X from peer: what the peer sends is not TLS");
}

TEST_CASE("connection: what TLS holds back is received without the socket becoming readable") {
  Secure test;
  test.owner.buffer_size = 7;
  test.client->send(numbers(100'000));
  CHECK(turn_until(test.loop, [&] { return test.owner.received.size() == 100'000; }));
  CHECK((test.owner.received == numbers(100'000)));
}

TEST_CASE("goodbye: what is queued is sent, and the connection closed when the peer closes too") {
  Plain test;
  test.fill();
  bool over = false;
  net::Goodbye goodbye(std::move(test.owner.connection), 1min, [&] { over = true; });
  std::string heard;
  CHECK(turn_until(test.loop, [&] {
    heard += test.hear();
    return heard.size() == 4'000'000;
  }));
  CHECK(turn_until(test.loop, [&] { return test.peer_at_end(); }));
  CHECK_FALSE(over);
  test.say("what comes late is discarded");
  test.peer.reset();
  CHECK(turn_until(test.loop, [&] { return over; }));
}

TEST_CASE("goodbye: a peer that does not read is not waited for longer than that") {
  Plain test;
  test.fill();
  bool over = false;
  const auto start = base::now();
  net::Goodbye goodbye(std::move(test.owner.connection), 20ms, [&] { over = true; });
  CHECK(turn_until(test.loop, [&] { return over; }));
  CHECK(base::now() - start >= 20ms);
}

TEST_CASE("goodbye: one with TLS is in order, and ends with the peer's") {
  Secure test;
  REQUIRE(turn_until(test.loop, [&] { return test.connection().established() && test.client->established; }));
  test.connection().output() = numbers(4'000'000);
  bool over = false;
  net::Goodbye goodbye(std::move(test.owner.connection), 1min, [&] { over = true; });
  REQUIRE(turn_until(test.loop, [&] { return test.client->end; }));
  CHECK(test.client->received.size() == 4'000'000);
  CHECK_FALSE(over);
  test.client->say_goodbye();
  CHECK(turn_until(test.loop, [&] { return over; }));
}

TEST_CASE("goodbye: where the peer has closed already it is over at once") {
  Plain test;
  ::shutdown(test.peer.get(), SHUT_WR);
  REQUIRE(turn_until(test.loop, [&] { return test.owner.end; }));
  bool over = false;
  net::Goodbye goodbye(std::move(test.owner.connection), 1min, [&] { over = true; });
  CHECK(turn_until(test.loop, [&] { return over; }));
  CHECK(test.peer_at_end());
}
