// Reading certificates, keys and authorities.
#include "net/tls.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tls_certificates.h"

using base::Kind;
using net::TlsContext;
using net::TlsRole;
using net::TlsVerify;
using tls_test::certificate;
using tls_test::ignore;

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
  const auto server = tls_test::context(TlsRole::server, {.cert_file = cert, .key_file = certificate("expired.key")});
  const auto* before = server->native();
  put("ca.key");
  CHECK(server->reload().error().kind == Kind::config);
  CHECK(server->native() == before);
  put("expired.pem");
  CHECK(server->reload());
  CHECK(server->native() != before);
}
