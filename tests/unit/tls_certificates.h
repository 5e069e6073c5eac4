// Certificates for tests, and what to do with them.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "folder.h"
#include "net/tls.h"

namespace tls_test {

class Certificates {
 public:
  Certificates() {
    const auto script = std::filesystem::path(__FILE__).parent_path().parent_path() / "tls_certs.sh";
    REQUIRE(std::system((script.string() + " " + folder_.path()).c_str()) == 0);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

 private:
  unit::Folder folder_;
};

inline std::string certificate(const std::string& name) {
  static const Certificates all;
  return all.path(name);
}

inline net::TlsOptions shows(const std::string& name) {
  return {.cert_file = certificate(name + ".pem"), .key_file = certificate(name + ".key")};
}
inline net::TlsOptions trusts(const std::string& ca = "ca") {
  return {.ca_file = certificate(ca + ".pem")};
}
inline net::TlsOptions shows_and_trusts(const std::string& name) {
  net::TlsOptions options = shows(name);
  options.ca_file = certificate("ca.pem");
  return options;
}

inline void ignore(base::Level, const std::string&) {}

inline std::shared_ptr<net::TlsContext> context(net::TlsRole role, const net::TlsOptions& options) {
  auto made = net::TlsContext::create(role, options, ignore);
  REQUIRE_MESSAGE(made.has_value(), made.error().text());
  return *made;
}

}  // namespace tls_test
