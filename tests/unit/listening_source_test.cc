// Who a client is, by its certificate.
#include "net/listening_source.h"

#include <doctest/doctest.h>

#include "net/socket.h"
#include "tls_ends.h"
#include "tools/logcat/listener.h"
#include "tools/logcat/relp_source.h"

namespace {

using tls_test::shows_and_trusts;

using Opened = std::unique_ptr<net::ListeningSource>;

std::shared_ptr<net::TlsContext> server(net::TlsVerify verify) {
  net::TlsOptions options = shows_and_trusts("good");
  options.verify = verify;
  return tls_test::context(net::TlsRole::server, options);
}

Opened listen_tls(event::Loop& loop, net::TlsVerify verify) {
  return std::move(*logcat::Listener::open(loop, {*net::parse_url("tls://127.0.0.1:0")},
                                           {.tls = server(verify), .peers = true}, tls_test::ignore));
}

Opened listen_relps(event::Loop& loop, net::TlsVerify verify) {
  return std::move(*logcat::RelpSource::open(loop, {*net::parse_url("relps://127.0.0.1:0")},
                                             {.tls = server(verify), .peers = true}, tls_test::ignore));
}

// The first message that a client with a certificate for client.example sends.
struct Receiving {
  Receiving(Opened (*listen)(event::Loop&, net::TlsVerify), net::TlsVerify verify, const std::string& sent)
      : source(listen(loop, verify)) {
    const net::Url url = *net::parse_url(source->addresses().front());
    base::Fd fd = std::move(*net::start_connect(net::resolve(url)->front(), url));
    REQUIRE(tls_test::becomes(fd.get(), POLLOUT));
    client = std::make_unique<tls_test::End>(loop, tls_test::open(std::move(fd), "server", tls.get(), url.host));
    client->send(sent);
    const auto end = base::now() + std::chrono::seconds(30);
    while (batch.empty() && !client->error && base::now() < end) {
      loop.wait(std::chrono::milliseconds(100));
      REQUIRE(source->read(batch, 1 << 20));
    }
    REQUIRE(batch.count() == 1);
  }

  event::Loop loop = std::move(*event::Loop::create());
  Opened source;
  std::shared_ptr<net::TlsContext> tls = tls_test::context(net::TlsRole::client, shows_and_trusts("client"));
  std::unique_ptr<tls_test::End> client;
  stream::Batch batch;
};

constexpr char kRelp[] = "1 open 30 relp_version=0\ncommands=syslog\n2 syslog 3 one\n";

}  // namespace

TEST_CASE("a message's peer has the name in the client's certificate, which was verified") {
  Receiving lines(listen_tls, net::TlsVerify::required, "one\n");
  REQUIRE(lines.source->peer(1) != nullptr);
  CHECK(lines.source->peer(1)->identity == "client.example");
  CHECK(lines.source->peer(1)->address == "127.0.0.1");
  Receiving relp(listen_relps, net::TlsVerify::required, kRelp);
  REQUIRE(relp.source->peer(1) != nullptr);
  CHECK(relp.source->peer(1)->identity == "client.example");
}

TEST_CASE("a certificate that nobody asked for gives no identity") {
  Receiving lines(listen_tls, net::TlsVerify::none, "one\n");
  REQUIRE(lines.source->peer(1) != nullptr);
  CHECK(lines.source->peer(1)->identity.empty());
}
