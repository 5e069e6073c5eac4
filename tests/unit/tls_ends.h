// Both ends of a TLS connection in one process, for tests.
#pragma once

#include <doctest/doctest.h>
#include <poll.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/io.h"
#include "event/loop.h"
#include "net/acknowledgement.h"
#include "net/socket.h"
#include "net/transport.h"
#include "tls_certificates.h"

namespace tls_test {

// One end: shakes hands, sends what it has to, keeps what comes, says goodbye if it is told to.
class End {
 public:
  End(event::Loop& loop, net::Transport transport)
      : transport_(std::move(transport)),
        readable_(loop, transport_.fd(), event::Interest::read, [this] { go_on(); }),
        writable_(loop, transport_.fd(), event::Interest::write, [this] { go_on(); }) {
    readable_.start();
    writable_.start();
  }

  net::Transport& transport() { return transport_; }
  [[nodiscard]] const net::Transport& transport() const { return transport_; }
  void send(std::string bytes, std::size_t piece = std::string::npos) {
    outgoing_ = std::move(bytes);
    piece_ = piece;
    writable_.start();
  }
  void say_goodbye() { REQUIRE(transport_.shut_down()); }
  void pause() { readable_.stop(); }

  bool established = false;
  bool end = false;
  std::size_t sent = 0;
  std::size_t read_buffer = 65536;
  std::string received;
  std::optional<base::Error> error;

 private:
  void go_on() {
    if (!error && !established) shake_hands();
    if (!error && established && !end) read();
    if (!error && established) write();
    if (error || end) readable_.stop();
    writable_.set(!error && (sent < outgoing_.size() || transport_.wants_write()));
  }
  void shake_hands() {
    const auto done = transport_.handshake();
    if (!done) error = done.error();
    established = done && *done;
  }
  void read() {
    std::string buffer(read_buffer, '\0');
    do {
      const auto got = transport_.read_some(buffer);
      if (!got) return void(error = got.error());
      end = got->end;
      received.append(buffer, 0, got->bytes);
      if (got->would_block) return;
    } while (!end && transport_.buffered());
  }
  void write() {
    while (sent < outgoing_.size()) {
      const auto moved = transport_.write_some(std::string_view(outgoing_).substr(sent, piece_));
      if (!moved) return void(error = moved.error());
      if (moved->would_block) return;
      sent += moved->bytes;
    }
  }

  net::Transport transport_;
  event::Io readable_;
  event::Io writable_;
  std::string outgoing_;
  std::size_t piece_ = std::string::npos;
};

struct Sockets {
  base::Fd client;
  base::Fd server;
  net::Url url;
};

inline bool becomes(int fd, short events) {
  pollfd entry{fd, events, 0};
  return ::poll(&entry, 1, 5000) == 1;
}

inline Sockets connect_sockets() {
  const auto listeners = net::open_listeners(*net::parse_url("tls://127.0.0.1:0"));
  REQUIRE(listeners);
  const int listener = listeners->front().get();
  Sockets made;
  made.url = *net::parse_url("tls://" + net::local_address(listener));
  made.client = std::move(*net::start_connect(net::resolve(made.url)->front(), made.url));
  REQUIRE(becomes(made.client.get(), POLLOUT));
  REQUIRE(becomes(listener, POLLIN));
  made.server = std::move(*net::accept_stream(listener, made.url));
  return made;
}

inline net::Transport open(base::Fd fd, const std::string& name, const net::TlsContext* tls,
                           const std::string& host = {}) {
  auto transport = net::Transport::open(std::move(fd), name, tls, host);
  REQUIRE_MESSAGE(transport.has_value(), transport.error().text());
  return std::move(*transport);
}

// A client and a server of one loop.
struct Pair {
  Pair(const net::TlsOptions& server_options, const net::TlsOptions& client_options) {
    server_tls = context(net::TlsRole::server, server_options);
    client_tls = context(net::TlsRole::client, client_options);
    Sockets sockets = connect_sockets();
    url = sockets.url;
    counter.emplace(*net::AckCounter::open(sockets.client.get()));
    server = std::make_unique<End>(loop, open(std::move(sockets.server), "peer", server_tls.get()));
    client = std::make_unique<End>(loop, open(std::move(sockets.client), url.text(), client_tls.get(), url.host));
  }
  template <class Condition>
  bool until(Condition condition) {
    const auto end = base::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (base::now() > end) return false;
      loop.wait(std::chrono::milliseconds(100));
    }
    return true;
  }
  bool established() {
    return until([&] { return (client->established && server->established) || client->error || server->error; }) &&
           !client->error && !server->error;
  }
  std::string client_error() {
    REQUIRE(until([&] { return client->error.has_value(); }));
    return client->error->text();
  }
  std::string server_error() {
    REQUIRE(until([&] { return server->error.has_value(); }));
    return server->error->text();
  }
  std::uint64_t acknowledged() {
    const auto on_wire = counter->acknowledged(0);
    return client->transport().acknowledged(on_wire.value_or(0));
  }

  event::Loop loop = std::move(*event::Loop::create());
  std::shared_ptr<net::TlsContext> server_tls;
  std::shared_ptr<net::TlsContext> client_tls;
  net::Url url;
  std::optional<net::AckCounter> counter;
  std::unique_ptr<End> server;
  std::unique_ptr<End> client;
};

// A server with TLS and a socket that sends it what it likes.
struct RawPeer {
  RawPeer() {
    Sockets sockets = connect_sockets();
    raw = std::move(sockets.client);
    server = std::make_unique<End>(loop, open(std::move(sockets.server), "peer", tls.get()));
  }
  std::string server_error() {
    const auto end = base::now() + std::chrono::seconds(30);
    while (!server->error && base::now() < end) loop.wait(std::chrono::milliseconds(100));
    REQUIRE(server->error);
    return server->error->text();
  }
  void send(std::string_view bytes) const { REQUIRE(base::write_all(raw.get(), bytes, "server")); }

  event::Loop loop = std::move(*event::Loop::create());
  std::shared_ptr<net::TlsContext> tls = context(net::TlsRole::server, shows("good"));
  base::Fd raw;
  std::unique_ptr<End> server;
};

inline std::string numbers(std::size_t size) {
  std::string text;
  text.reserve(size + 20);
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + '\n';
  text.resize(size);
  return text;
}

}  // namespace tls_test
