// A client that asks for new TLS keys and reads none of the answers: what it sends next must wait until there is room
// for them, without keeping the processor busy.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "tls_ends.h"
#include "tools/logcat/listener.h"
#include "tools/logcat/relp_source.h"

using namespace std::chrono_literals;

namespace {

class Client {
 public:
  explicit Client(const std::string& address) {
    const net::Url url = net::parse_url(address).value();
    fd_ = base::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    make_narrow(fd_.get(), SO_RCVBUF);  // before it is connected, as it could not be taken back
    const net::Address there = net::resolve(url)->front();
    REQUIRE(::connect(fd_.get(), there.raw(), there.length()) == 0);
    REQUIRE(::fcntl(fd_.get(), F_SETFL, O_NONBLOCK) == 0);
    ssl_.reset(SSL_new(tls_->native()));
    REQUIRE(SSL_set_fd(ssl_.get(), fd_.get()) == 1);
    SSL_set_connect_state(ssl_.get());
  }
  bool shake_hands() { return SSL_do_handshake(ssl_.get()) == 1; }
  void ask_for_keys() {
    REQUIRE(SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(ssl_.get()) == 1);
  }
  void say(std::string_view bytes) {
    REQUIRE(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size()));
  }
  void read_all() {
    char byte = 0;
    (void)SSL_read(ssl_.get(), &byte, 1);
  }
  // The other end, which is in this process as well.
  void narrow_server() const {
    const std::string own = net::local_address(fd_.get());
    for (int fd = 3; fd < 1000; ++fd)
      if (net::peer_address(fd) == own) make_narrow(fd, SO_SNDBUF);
  }

 private:
  static void make_narrow(int fd, int which) {
    const int least = 1;
    REQUIRE(::setsockopt(fd, SOL_SOCKET, which, &least, sizeof least) == 0);
  }
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::shared_ptr<net::TlsContext> tls_ = tls_test::context(net::TlsRole::client, tls_test::trusts());
  base::Fd fd_;
  std::unique_ptr<SSL, Free> ssl_;
};

std::unique_ptr<logcat::Listener> open(event::Loop& loop, logcat::ListenerOptions options) {
  options.tls = tls_test::context(net::TlsRole::server, tls_test::shows("good"));
  return std::move(*logcat::Listener::open(loop, {*net::parse_url("tls://127.0.0.1:0")}, options, tls_test::ignore));
}

std::unique_ptr<logcat::RelpSource> open(event::Loop& loop, logcat::RelpSourceOptions options) {
  options.tls = tls_test::context(net::TlsRole::server, tls_test::shows("good"));
  return std::move(
      *logcat::RelpSource::open(loop, {*net::parse_url("relps://127.0.0.1:0")}, options, tls_test::ignore));
}

template <class Source>
struct Receiving {
  event::Loop loop = std::move(*event::Loop::create());
  std::unique_ptr<Source> source;
  std::unique_ptr<Client> client;
  stream::Batch batch;

  template <class Options>
  explicit Receiving(Options options)
      : source(open(loop, std::move(options))), client(std::make_unique<Client>(source->addresses().front())) {
    const auto end = base::now() + 10s;
    while (!client->shake_hands() && base::now() < end) turn();
    client->narrow_server();
  }
  void turn(base::Duration longest = 1ms) {
    loop.wait(longest);
    while (*source->read(batch, 1 << 20) == stream::Next::more) continue;
  }
  // How often the loop wakes up in a while in which nothing happens.
  unsigned turns_in_peace() {
    event::Timer a_while(loop, [] {});
    a_while.start(50ms);
    unsigned turns = 0;
    for (; a_while.active(); ++turns) turn(1s);
    return turns;
  }
  // Until the server waits to send.
  void fill() {
    for (int i = 0; i < 200; ++i) {
      client->ask_for_keys();
      turn();
    }
  }
  std::string_view received() {
    const auto end = base::now() + 10s;
    while (batch.empty() && base::now() < end) {
      client->read_all();
      turn();
    }
    return batch.block();
  }
};

}  // namespace

TEST_CASE("a TLS client that asks for keys and reads nothing is waited for in peace") {
  Receiving<logcat::Listener> receiving(logcat::ListenerOptions{});
  receiving.fill();
  receiving.client->say("a line\n");
  CHECK(receiving.turns_in_peace() < 20);
  CHECK(receiving.batch.empty());
  CHECK(receiving.received() == "a line\n");
}

TEST_CASE("so is one that speaks RELP") {
  Receiving<logcat::RelpSource> receiving(logcat::RelpSourceOptions{});
  receiving.client->say("1 open 30 relp_version=0\ncommands=syslog\n");
  receiving.fill();
  receiving.client->say("2 syslog 3 one\n");
  CHECK(receiving.turns_in_peace() < 20);
  CHECK(receiving.batch.empty());
  CHECK(receiving.received() == "one\n");
}
