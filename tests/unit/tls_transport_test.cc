// Bytes through TLS: all of them, their end, and which of them are acknowledged.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <string>
#include <utility>

#include "tls_ends.h"

using tls_test::End;
using tls_test::numbers;
using tls_test::Pair;
using tls_test::shows;
using tls_test::Sockets;
using tls_test::trusts;
using namespace std::chrono_literals;

TEST_CASE("tls: bytes arrive both ways and the end is told") {
  Pair test(shows("good"), trusts());
  REQUIRE(test.established());
  test.client->send("hello");
  test.server->send("welcome");
  CHECK(test.until([&] { return test.server->received == "hello" && test.client->received == "welcome"; }));
  test.client->say_goodbye();
  CHECK(test.until([&] { return test.server->end; }));
}

TEST_CASE("tls: an end without a goodbye is an end") {
  Pair test(shows("good"), trusts());
  REQUIRE(test.established());
  test.client->send("hello");
  REQUIRE(test.until([&] { return test.server->received == "hello"; }));
  ::shutdown(test.client->transport().fd(), SHUT_WR);
  CHECK(test.until([&] { return test.server->end; }));
}

TEST_CASE("tls: bytes written one at a time arrive, and their count with them") {
  Pair test(shows("good"), trusts());
  REQUIRE(test.established());
  const std::string text = numbers(20'000);
  test.client->send(text, 1);
  CHECK(test.until([&] { return test.server->received.size() == text.size(); }));
  CHECK((test.server->received == text));
  CHECK(test.until([&] { return test.acknowledged() == text.size(); }));
}

TEST_CASE("tls: what was read together with the end of the handshake is known to be there") {
  const auto server_tls = tls_test::context(net::TlsRole::server, shows("good"));
  const auto client_tls = tls_test::context(net::TlsRole::client, trusts());
  Sockets sockets = tls_test::connect_sockets();
  net::Transport server = tls_test::open(std::move(sockets.server), "peer", server_tls.get());
  net::Transport client = tls_test::open(std::move(sockets.client), "server", client_tls.get(), sockets.url.host);
  REQUIRE_FALSE(*client.handshake());
  REQUIRE(tls_test::becomes(server.fd(), POLLIN));
  REQUIRE_FALSE(*server.handshake());
  REQUIRE(tls_test::becomes(client.fd(), POLLIN));
  REQUIRE(*client.handshake());
  REQUIRE(client.write_some("hello")->bytes == 5);
  REQUIRE(tls_test::becomes(server.fd(), POLLIN));
  REQUIRE(*server.handshake());
  CHECK(server.buffered());
}

TEST_CASE("tls: a read buffer of a few bytes loses nothing that is inside") {
  Pair test(shows("good"), trusts());
  REQUIRE(test.established());
  test.server->read_buffer = 7;
  const std::string text = numbers(100'000);
  test.client->send(text);
  CHECK(test.until([&] { return test.server->received.size() == text.size(); }));
  CHECK((test.server->received == text));
}

TEST_CASE("tls: 50 MB arrive, and what is acknowledged is never more than what arrived at the peer's kernel") {
  Pair test(shows("good"), trusts());
  REQUIRE(test.established());
  const std::string text = numbers(50'000'000);
  test.client->send(text);
  std::uint64_t acknowledged = 0;
  bool steady = true;
  REQUIRE(test.until([&] {
    const std::uint64_t now = test.acknowledged();
    steady = steady && now >= acknowledged && now <= test.client->sent;
    acknowledged = now;
    return test.server->received.size() == text.size() && acknowledged == text.size();
  }));
  CHECK(steady);
  CHECK((test.server->received == text));
}

TEST_CASE("tls: what the peer does not read is not acknowledged beyond what its kernel holds") {
  Pair test(shows("good"), trusts());
  REQUIRE(test.established());
  test.server->pause();
  test.client->send(numbers(50'000'000));
  std::size_t sent = 0;
  REQUIRE(test.until([&] { return std::exchange(sent, test.client->sent) == test.client->sent && sent > 0; }));
  const std::uint64_t acknowledged = test.acknowledged();
  // All of it lies in the peer's kernel, as records that are larger than what they carry.
  std::string peeked(64 << 20, '\0');
  const auto held = ::recv(test.server->transport().fd(), peeked.data(), peeked.size(), MSG_PEEK);
  CHECK(acknowledged > 0);
  CHECK(acknowledged < static_cast<std::uint64_t>(held));
}

TEST_CASE("tls: a socket without TLS is driven the same way") {
  event::Loop loop = std::move(*event::Loop::create());
  Sockets sockets = tls_test::connect_sockets();
  End client(loop, tls_test::open(std::move(sockets.client), "server", nullptr));
  End server(loop, tls_test::open(std::move(sockets.server), "client", nullptr));
  client.send("hello");
  while (server.received.size() < 5) loop.wait(1s);
  client.say_goodbye();
  while (!server.end) loop.wait(1s);
  CHECK(server.received == "hello");
  CHECK(client.transport().acknowledged(5) == 5);
}
