#include "hub/origin.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

namespace hub {
namespace {

// "127.0.0.1:8601" without the port, and "[::1]" without brackets.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

bool follows_link(const http::Request& request) {
  return (request.method == "GET" || request.method == "HEAD") && request.header("Sec-Fetch-Mode") == "navigate" &&
         request.header("Sec-Fetch-Dest") == "document";
}

}  // namespace

bool is_foreign(const http::Request& request) {
  if (const auto site = request.header("Sec-Fetch-Site"))
    return *site != "same-origin" && *site != "none" && !follows_link(request);
  const auto origin = request.header("Origin");
  if (!origin) return false;
  const auto scheme = origin->find("://");
  return scheme == origin->npos || !http::same_word(origin->substr(scheme + 3), request.header("Host").value_or(""));
}

bool names_loopback(const http::Request& request) {
  return is_loopback_host(host_of(request.header("Host").value_or("")));
}

bool is_loopback_host(std::string_view host) {
  in_addr v4{};
  in6_addr v6{};
  const std::string text(host);
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
  if (::inet_pton(AF_INET6, text.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return http::same_word(host, "localhost");
}

}  // namespace hub
