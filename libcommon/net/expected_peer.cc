#include "net/expected_peer.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

namespace net {

bool is_ip_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

bool expect_peer(X509_VERIFY_PARAM* expected, const std::string& name) {
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (is_ip_address(name)) return X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) == 1;
  return X509_VERIFY_PARAM_set1_host(expected, name.c_str(), 0) == 1;
}

bool expect_peer(SSL_CTX* context, const std::string& name) {
  return expect_peer(SSL_CTX_get0_param(context), name);
}

}  // namespace net
