#include "net/tls.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/io.h"
#include "event/loop.h"
#include "net/acknowledgement.h"
#include "net/byte_marks.h"
#include "net/socket.h"
#include "net/transport.h"

using base::Kind;
using net::TlsContext;
using net::TlsOptions;
using net::TlsRole;
using net::TlsVerify;
using net::Transport;
using namespace std::chrono_literals;

namespace {

// Made once, by the script beside this folder.
class Certificates {
 public:
  Certificates() {
    REQUIRE(::mkdtemp(directory_.data()) != nullptr);
    const auto script = std::filesystem::path(__FILE__).parent_path().parent_path() / "tls_certs.sh";
    REQUIRE(std::system((script.string() + " " + directory_).c_str()) == 0);
  }
  ~Certificates() { std::filesystem::remove_all(directory_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }

 private:
  std::string directory_ = "/tmp/logpipe-tls-XXXXXX";
};

std::string certificate(const std::string& name) {
  static const Certificates all;
  return all.path(name);
}

TlsOptions shows(const std::string& name) {
  return {.cert_file = certificate(name + ".pem"), .key_file = certificate(name + ".key")};
}
TlsOptions trusts(const std::string& ca = "ca") {
  return {.ca_file = certificate(ca + ".pem")};
}
TlsOptions shows_and_trusts(const std::string& name) {
  TlsOptions options = shows(name);
  options.ca_file = certificate("ca.pem");
  return options;
}

void ignore(base::Level, const std::string&) {}

std::shared_ptr<TlsContext> context(TlsRole role, const TlsOptions& options) {
  auto made = TlsContext::create(role, options, ignore);
  REQUIRE_MESSAGE(made.has_value(), made.error().text());
  return *made;
}

// One end: shakes hands, sends what it has to, keeps what comes, says goodbye if it is told to.
class End {
 public:
  End(event::Loop& loop, Transport transport)
      : transport_(std::move(transport)),
        readable_(loop, transport_.fd(), event::Interest::read, [this] { go_on(); }),
        writable_(loop, transport_.fd(), event::Interest::write, [this] { go_on(); }) {
    readable_.start();
    writable_.start();
  }

  Transport& transport() { return transport_; }
  [[nodiscard]] const Transport& transport() const { return transport_; }
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

  Transport transport_;
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

bool becomes(int fd, short events) {
  pollfd entry{fd, events, 0};
  return ::poll(&entry, 1, 5000) == 1;
}

Sockets connect_sockets() {
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

Transport open(base::Fd fd, const std::string& name, const TlsContext* tls, const std::string& host = {}) {
  auto transport = Transport::open(std::move(fd), name, tls, host);
  REQUIRE_MESSAGE(transport.has_value(), transport.error().text());
  return std::move(*transport);
}

// A client and a server of one loop.
struct Pair {
  Pair(const TlsOptions& server_options, const TlsOptions& client_options) {
    server_tls = context(TlsRole::server, server_options);
    client_tls = context(TlsRole::client, client_options);
    Sockets sockets = connect_sockets();
    url = sockets.url;
    counter.emplace(*net::AckCounter::open(sockets.client.get()));
    server = std::make_unique<End>(loop, open(std::move(sockets.server), "peer", server_tls.get()));
    client = std::make_unique<End>(loop, open(std::move(sockets.client), url.text(), client_tls.get(), url.host));
  }
  template <class Condition>
  bool until(Condition condition) {
    const auto end = base::now() + 30s;
    while (!condition()) {
      if (base::now() > end) return false;
      loop.wait(100ms);
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
  std::shared_ptr<TlsContext> server_tls;
  std::shared_ptr<TlsContext> client_tls;
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
    const auto end = base::now() + 30s;
    while (!server->error && base::now() < end) loop.wait(100ms);
    REQUIRE(server->error);
    return server->error->text();
  }
  void send(std::string_view bytes) const { REQUIRE(base::write_all(raw.get(), bytes, "server")); }

  event::Loop loop = std::move(*event::Loop::create());
  std::shared_ptr<TlsContext> tls = context(TlsRole::server, shows("good"));
  base::Fd raw;
  std::unique_ptr<End> server;
};

std::string numbers(std::size_t size) {
  std::string text;
  text.reserve(size + 20);
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + '\n';
  text.resize(size);
  return text;
}

}  // namespace

TEST_CASE("tls: bytes arrive both ways and the end is told") {
  Pair test(shows("good"), trusts());
  REQUIRE(test.established());
  CHECK(test.client->transport().security().starts_with("TLSv1.3, "));
  test.client->send("hello");
  test.server->send("welcome");
  CHECK(test.until([&] { return test.server->received == "hello" && test.client->received == "welcome"; }));
  test.client->say_goodbye();
  CHECK(test.until([&] { return test.server->end; }));
  CHECK_FALSE(test.server->transport().truncated());
}

TEST_CASE("tls: an end without a goodbye is told apart") {
  Pair test(shows("good"), trusts());
  REQUIRE(test.established());
  test.client->send("hello");
  REQUIRE(test.until([&] { return test.server->received == "hello"; }));
  ::shutdown(test.client->transport().fd(), SHUT_WR);
  CHECK(test.until([&] { return test.server->end; }));
  CHECK(test.server->transport().truncated());
}

TEST_CASE("tls: an expired certificate is refused, in one line") {
  Pair test(shows("expired"), trusts());
  CHECK(test.client_error() ==
        "connect to " + test.url.text() + ": certificate verify failed: certificate has expired");
  CHECK(test.client->error->kind == Kind::permission);
  CHECK(test.server_error() == "start TLS with peer: the peer refused: certificate expired");
}

TEST_CASE("tls: a certificate for another name is refused, and both are named") {
  Pair test(shows("wrong-name"), trusts());
  CHECK(test.client_error() == "connect to " + test.url.text() +
                                   ": certificate verify failed: the certificate is for \"elsewhere.example\", not "
                                   "for \"127.0.0.1\"; see --tls-peer");
}

TEST_CASE("tls: the name to expect can be given") {
  TlsOptions options = trusts();
  options.peer = "elsewhere.example";
  CHECK(Pair(shows("wrong-name"), options).established());
}

TEST_CASE("tls: an unknown authority is refused with advice") {
  Pair test(shows("good"), trusts("other-ca"));
  CHECK(test.client_error() == "connect to " + test.url.text() +
                                   ": certificate verify failed: unable to get local issuer certificate; name its "
                                   "authority with --tls-ca-file");
}

TEST_CASE("tls: without a CA file a client asks the system's store") {
  Pair test(shows("good"), {});
  CHECK(test.client_error().find("unable to get local issuer certificate") != std::string::npos);
}

TEST_CASE("tls: a client that is told not to verify takes any certificate") {
  CHECK(Pair(shows("expired"), {.verify = TlsVerify::none}).established());
}

TEST_CASE("tls: a server with a CA file wants a certificate from clients") {
  Pair test(shows_and_trusts("good"), trusts());
  CHECK(test.server_error() == "start TLS with peer: the peer shows no certificate");
  CHECK(test.server->error->kind == Kind::permission);
  CHECK(test.client_error() ==
        "read " + test.url.text() + ": the peer refused: certificate required; show one with --tls-cert-file");
}

TEST_CASE("tls: a client with a good certificate is let in") {
  CHECK(Pair(shows_and_trusts("good"), shows_and_trusts("client")).established());
}

TEST_CASE("tls: a client whose certificate nobody vouches for is refused, even where none is needed") {
  TlsOptions server = shows_and_trusts("good");
  server.verify = TlsVerify::optional;
  Pair test(server, shows_and_trusts("stranger"));
  CHECK(test.server_error() ==
        "start TLS with peer: certificate verify failed: self-signed certificate; name its authority with "
        "--tls-ca-file");
}

TEST_CASE("tls: where it is optional a client without a certificate is let in") {
  TlsOptions server = shows_and_trusts("good");
  server.verify = TlsVerify::optional;
  CHECK(Pair(server, trusts()).established());
}

TEST_CASE("tls: a server can expect clients of one name") {
  TlsOptions server = shows_and_trusts("good");
  server.peer = "another.example";
  Pair test(server, shows_and_trusts("client"));
  CHECK(test.server_error() ==
        "start TLS with peer: certificate verify failed: the certificate is for \"client.example\", not for "
        "\"another.example\"; see --tls-peer");
}

TEST_CASE("tls: nothing counts as acknowledged while the server may still refuse the client") {
  Pair test(shows_and_trusts("good"), trusts());
  REQUIRE(test.until([&] { return test.client->established; }));
  test.client->send(numbers(100'000));
  CHECK(test.client->transport().acknowledged(UINT64_MAX) == 0);
  CHECK(test.client_error().find("certificate required") != std::string::npos);
  CHECK(test.client->transport().acknowledged(UINT64_MAX) == 0);
}

TEST_CASE("tls: a server that took the client's certificate says so at once") {
  Pair test(shows_and_trusts("good"), shows_and_trusts("client"));
  REQUIRE(test.established());
  test.client->send("hello");
  const auto start = base::now();
  CHECK(test.until([&] { return test.acknowledged() == 5; }));
  CHECK(base::now() - start < 1s);
}

TEST_CASE("tls: a plaintext client is an error of the protocol") {
  RawPeer test;
  test.send("<13>Oct 11 22:14:15 host app: hello\n");
  CHECK(test.server_error() == "start TLS with peer: what the peer sends is not TLS");
  CHECK(test.server->error->kind == Kind::protocol);
}

TEST_CASE("tls: TLS 1.1 is refused") {
  RawPeer test;
  // ClientHello (RFC 4346, section 7.4.1.2): version 3.2, a random, no session, TLS_RSA_WITH_AES_128_CBC_SHA.
  const std::string hello = std::string("\x03\x02", 2) + std::string(32, 'r') + std::string("\0\0\x02\0\x2f\x01\0", 7);
  const std::string handshake = std::string("\x01\0\0", 3) + static_cast<char>(hello.size()) + hello;
  test.send(std::string("\x16\x03\x01\0", 4) + static_cast<char>(handshake.size()) + handshake);
  CHECK(test.server_error() == "start TLS with peer: the peer speaks no version of TLS from 1.2 on");
}

TEST_CASE("tls: garbage that starts like a handshake is an error of the protocol") {
  RawPeer test;
  test.send(std::string("\x16\x03\x01\x02\0", 5) + std::string(512, '\xff'));
  (void)test.server_error();
  CHECK(test.server->error->kind == Kind::protocol);
}

TEST_CASE("tls: a peer that goes in the middle of the handshake is told") {
  RawPeer test;
  test.send(std::string("\x16\x03\x01\x02\0", 5));
  test.raw.reset();
  CHECK(test.server_error() == "start TLS with peer: the peer closed the connection during the handshake");
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
  Sockets sockets = connect_sockets();
  End client(loop, open(std::move(sockets.client), "server", nullptr));
  End server(loop, open(std::move(sockets.server), "client", nullptr));
  client.send("hello");
  while (server.received.size() < 5) loop.wait(1s);
  client.say_goodbye();
  while (!server.end) loop.wait(1s);
  CHECK(server.received == "hello");
  CHECK(client.transport().acknowledged(5) == 5);
  CHECK(client.transport().security().empty());
  CHECK_FALSE(server.transport().truncated());
}

TEST_CASE("tls: a missing file is named") {
  const auto made = TlsContext::create(TlsRole::client, {.ca_file = "/no/such.pem"}, ignore);
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == Kind::config);
  CHECK(made.error().text() == "load certificate authorities /no/such.pem: No such file or directory");
}

TEST_CASE("tls: a file of another kind is named") {
  const auto made = TlsContext::create(
      TlsRole::server, {.cert_file = certificate("good.pem"), .key_file = certificate("ca.pem")}, ignore);
  REQUIRE_FALSE(made);
  CHECK(made.error().text() == "load key " + certificate("ca.pem") + ": there is no private key in it");
}

TEST_CASE("tls: a key with a pass phrase is refused without asking anybody") {
  const std::string key = certificate("locked.key");
  const std::string lock = "openssl ec -aes128 -passout pass:x -in " + certificate("good.key") + " -out " + key;
  REQUIRE(std::system((lock + " 2>/dev/null").c_str()) == 0);
  const auto made =
      TlsContext::create(TlsRole::server, {.cert_file = certificate("good.pem"), .key_file = key}, ignore);
  REQUIRE_FALSE(made);
  CHECK(made.error().text() == "load key " + key + ": it has a pass phrase, and nobody is there to type it");
}

TEST_CASE("tls: a key that belongs to another certificate is told") {
  const auto made = TlsContext::create(
      TlsRole::server, {.cert_file = certificate("good.pem"), .key_file = certificate("client.key")}, ignore);
  REQUIRE_FALSE(made);
  CHECK(made.error().text() == "load key " + certificate("client.key") + ": it does not belong to the certificate");
}

TEST_CASE("tls: a listener needs a certificate") {
  const auto made = TlsContext::create(TlsRole::server, {}, ignore);
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == Kind::usage);
}

TEST_CASE("tls: a name to expect needs verification") {
  const auto made = TlsContext::create(TlsRole::client, {.verify = TlsVerify::none, .peer = "a.example"}, ignore);
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == Kind::usage);
}

TEST_CASE("tls: people hear of a key that everybody can read, and of an old certificate") {
  const std::string key = certificate("open.key");
  std::filesystem::copy_file(certificate("expired.key"), key);
  REQUIRE(::chmod(key.c_str(), 0644) == 0);
  std::vector<std::string> reports;
  const auto report = [&](base::Level, const std::string& line) { reports.push_back(line); };
  REQUIRE(TlsContext::create(TlsRole::server, {.cert_file = certificate("expired.pem"), .key_file = key}, report));
  CHECK(reports ==
        std::vector{"load key " + key + ": others than its owner and group can use it; chmod 640",
                    "load certificate " + certificate("expired.pem") + ": it has expired, so peers will refuse it"});
}

TEST_CASE("tls: reloading takes the new files, and keeps the old ones where the new are bad") {
  const std::string cert = certificate("changing.pem");
  const auto put = [&](const std::string& from) {
    std::filesystem::copy_file(certificate(from), cert, std::filesystem::copy_options::overwrite_existing);
  };
  put("expired.pem");
  const auto server = context(TlsRole::server, {.cert_file = cert, .key_file = certificate("expired.key")});
  const auto* before = server->native();
  put("ca.key");
  CHECK(server->reload().error().kind == Kind::config);
  CHECK(server->native() == before);
  put("expired.pem");
  CHECK(server->reload());
  CHECK(server->native() != before);
}

TEST_CASE("byte marks: only whole pieces count") {
  net::ByteMarks marks;
  marks.add(100, 129);
  marks.add(150, 208);
  CHECK(marks.plaintext_in(128) == 0);
  CHECK(marks.plaintext_in(129) == 100);
  CHECK(marks.plaintext_in(207) == 100);
  CHECK(marks.plaintext_in(1000) == 150);
}

TEST_CASE("byte marks: too many are merged, and none counts too early") {
  net::ByteMarks marks;
  for (std::uint64_t i = 1; i <= 10 * net::ByteMarks::kMost; ++i) marks.add(i, 23 * i);
  CHECK(marks.size() == net::ByteMarks::kMost);
  CHECK(marks.plaintext_in(23 * 10) == 10);
  CHECK(marks.plaintext_in(23 * 2 * net::ByteMarks::kMost) == net::ByteMarks::kMost - 1);
  CHECK(marks.plaintext_in(23 * 10 * net::ByteMarks::kMost) == 10 * net::ByteMarks::kMost);
}
