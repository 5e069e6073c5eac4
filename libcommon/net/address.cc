#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>

namespace net {
namespace {

using base::Kind;
using base::Result;

template <class Sockaddr>
Address to_address(const Sockaddr& address, std::size_t length = sizeof(Sockaddr)) {
  return {reinterpret_cast<const sockaddr&>(address).sa_family,
          std::string(reinterpret_cast<const char*>(&address), length)};
}

Result<Address> unix_address(const Url& url) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  constexpr std::size_t kLongest = sizeof address.sun_path - 1;
  if (url.path.size() > kLongest)
    return base::fail(Kind::usage, "use " + url.text(),
                      "the path of a socket has " + std::to_string(kLongest) + " bytes at most");
  std::memcpy(address.sun_path, url.path.data(), url.path.size());
  return to_address(address, offsetof(sockaddr_un, sun_path) + url.path.size() + 1);
}

std::vector<Address> loopback(std::uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_addr = in6addr_loopback;
  return {to_address(v4), to_address(v6)};
}

Result<std::vector<Address>> resolve_host(const Url& url, int flags) {
  addrinfo hints{};
  hints.ai_socktype = socket_type(url);
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* first = nullptr;
  const int error = ::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &first);
  if (error != 0)
    return base::fail(Kind::unavailable, "resolve " + url.host,
                      error == EAI_SYSTEM ? base::system_reason(errno) : ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(first, ::freeaddrinfo);
  std::vector<Address> found;
  for (const addrinfo* entry = first; entry != nullptr; entry = entry->ai_next) {
    Address address{entry->ai_family, std::string(reinterpret_cast<const char*>(entry->ai_addr), entry->ai_addrlen)};
    const auto same = [&](const Address& other) { return other.bytes == address.bytes; };
    if (std::ranges::none_of(found, same)) found.push_back(std::move(address));
  }
  return found;
}

Result<std::vector<Address>> candidates(const Url& url) {
  if (is_unix(url)) return std::vector{TRY(unix_address(url))};
  if (url.port == 0) return base::fail(Kind::usage, "connect to " + url.text(), "port 0 is only for listening");
  if (url.host.empty()) return loopback(url.port);
  return resolve_host(url, 0);
}

Result<std::vector<Address>> public_of(const Url& url, std::vector<Address> addresses) {
  std::erase_if(addresses, [](const Address& address) { return !is_public(address.raw()); });
  if (addresses.empty())
    return base::fail(Kind::permission, "connect to " + url.text(), "it has no public address (--public-only)");
  return addresses;
}

std::string unnamed_peer(int fd) {
  ucred peer{};
  socklen_t length = sizeof peer;
  (void)::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length);
  return local_address(fd) + " (process " + std::to_string(peer.pid) + ")";
}

using NameCall = int (*)(int, sockaddr*, socklen_t*);

Address name_of(int fd, NameCall call) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (call(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {};
  return to_address(storage, length);
}

std::string numeric(int family, const void* host, in_port_t port) {
  char text[INET6_ADDRSTRLEN] = "?";
  (void)::inet_ntop(family, host, text, sizeof text);
  const std::string name = family == AF_INET6 ? "[" + std::string(text) + "]" : text;
  return name + ":" + std::to_string(ntohs(port));
}

}  // namespace

int socket_type(const Url& url) {
  return url.scheme == "udp" || url.scheme == "unixgram" ? SOCK_DGRAM : SOCK_STREAM;
}

bool is_unix(const Url& url) {
  return url.scheme == "unix" || url.scheme == "unixgram";
}

std::string Address::text() const {
  if (family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(bytes.data());
    return numeric(AF_INET, &v4->sin_addr, v4->sin_port);
  }
  if (family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(bytes.data());
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) return numeric(AF_INET, v6->sin6_addr.s6_addr + 12, v6->sin6_port);
    return numeric(AF_INET6, &v6->sin6_addr, v6->sin6_port);
  }
  const std::size_t path = offsetof(sockaddr_un, sun_path);
  return bytes.size() <= path ? std::string() : std::string(bytes.c_str() + path);
}

const sockaddr* Address::raw() const {
  return reinterpret_cast<const sockaddr*>(bytes.data());
}

unsigned Address::length() const {
  return static_cast<unsigned>(bytes.size());
}

Result<std::vector<Address>> resolve(const Url& url) {
  if (!url.inherited_name().empty())
    return base::fail(Kind::usage, "connect to " + url.text(), "fd= is only for listening");
  const auto found = TRY(candidates(url));
  return url.public_only ? public_of(url, found) : found;
}

Result<std::vector<Address>> resolve_for_listening(const Url& url) {
  if (is_unix(url)) return std::vector{TRY(unix_address(url))};
  if (url.host.empty()) return loopback(url.port);
  return resolve_host(url, AI_PASSIVE);
}

bool has_name(const Url& url) {
  if (is_unix(url) || url.host.empty() || !url.inherited_name().empty()) return false;
  return !resolve_host(url, AI_NUMERICHOST);
}

std::string local_hostname() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data() : "localhost";
}

std::string host_text(const sockaddr* address, std::size_t length) {
  if (length < sizeof address->sa_family || (address->sa_family != AF_INET && address->sa_family != AF_INET6))
    return {};
  std::string text = Address{address->sa_family, std::string(reinterpret_cast<const char*>(address), length)}.text();
  text.erase(text.rfind(':'));
  return text.starts_with('[') ? text.substr(1, text.size() - 2) : text;
}

std::string local_address(int fd) {
  return name_of(fd, ::getsockname).text();
}

std::string peer_address(int fd) {
  const Address peer = name_of(fd, ::getpeername);
  std::string text = peer.text();
  return text.empty() && peer.family == AF_UNIX ? unnamed_peer(fd) : text;
}

}  // namespace net
