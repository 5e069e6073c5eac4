#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cli/tls_options.h"

TEST_CASE("options of TLS are written as the words that were given, and only those") {
  using Words = std::vector<std::string>;
  CHECK(cli::tls_words({}) == Words());
  CHECK(cli::tls_words({.cert_file = "c", .verify = net::TlsVerify::none}) ==
        Words{"--tls-cert-file", "c", "--tls-verify", "none"});
  CHECK(cli::tls_words({.key_file = "k", .ca_file = "a", .verify = net::TlsVerify::optional, .peer = "p"}) ==
        Words{"--tls-key-file", "k", "--tls-ca-file", "a", "--tls-peer", "p", "--tls-verify", "optional"});
}
