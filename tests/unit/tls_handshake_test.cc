// Who is let in, and what people are told where somebody is not.
#include <doctest/doctest.h>

#include <string>

#include "tls_ends.h"

using base::Kind;
using net::TlsOptions;
using net::TlsVerify;
using tls_test::numbers;
using tls_test::Pair;
using tls_test::RawPeer;
using tls_test::shows;
using tls_test::shows_and_trusts;
using tls_test::trusts;
using namespace std::chrono_literals;

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
