#include "net/socket.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

using base::Fd;
using base::Kind;
using base::Result;

constexpr int kBacklog = 512;

template <class Sockaddr>
Address to_address(const Sockaddr& address, std::size_t length = sizeof(Sockaddr)) {
  return {reinterpret_cast<const sockaddr&>(address).sa_family,
          std::string(reinterpret_cast<const char*>(&address), length)};
}

const sockaddr* raw(const Address& address) {
  return reinterpret_cast<const sockaddr*>(address.bytes.data());
}
socklen_t raw_length(const Address& address) {
  return static_cast<socklen_t>(address.bytes.size());
}

// The kind a failed socket call has: what is taken or unreachable may be there later.
auto fail_socket(int errnum, const std::string& what) {
  const bool allowed = errnum != EACCES && errnum != EPERM;
  return base::fail_errno(allowed ? Kind::unavailable : Kind::permission, errnum, what);
}

int socket_type(const Url& url) {
  return url.scheme == "udp" || url.scheme == "unixgram" ? SOCK_DGRAM : SOCK_STREAM;
}

bool is_unix(const Url& url) {
  return url.scheme == "unix" || url.scheme == "unixgram";
}

Fd open_socket(int family, int type) {
  return Fd(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void set_option(int fd, int level, int option, int value) {
  (void)::setsockopt(fd, level, option, &value, sizeof value);
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

Result<Fd> listen_at(const Address& address, int type, const std::string& what) {
  Fd fd = open_socket(address.family, type);
  if (!fd) return fail_socket(errno, what);
  if (address.family == AF_UNIX) {
    // The mode the socket file gets, less the umask; without this it would be 0777.
    (void)::fchmod(fd.get(), 0666);
  } else if (type == SOCK_STREAM) {
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);  // for datagrams it would let two processes share a port
    set_option(fd.get(), SOL_SOCKET, SO_KEEPALIVE, 1);  // accepted sockets inherit it: vanished peers are noticed
  }
  if (address.family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(raw(address));
    set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr) ? 0 : 1);
  }
  const bool bound = ::bind(fd.get(), raw(address), raw_length(address)) == 0;
  if (!bound || (type == SOCK_STREAM && ::listen(fd.get(), kBacklog) != 0)) return fail_socket(errno, what);
  return fd;
}

// sin_port and sin6_port are at the same place.
void set_port(Address& address, in_port_t port) {
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  std::memcpy(address.bytes.data() + offsetof(sockaddr_in, sin_port), &port, sizeof port);
}

in_port_t local_port(int fd) {
  sockaddr_in6 address{};
  socklen_t length = sizeof address;
  (void)::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  return address.sin6_port;
}

bool family_is_missing(int errnum) {
  return errnum == EADDRNOTAVAIL || errnum == EAFNOSUPPORT;
}

Result<std::vector<Fd>> listen_network(const Url& url) {
  const std::string what = "listen on " + url.text();
  std::vector<Address> addresses = url.host.empty() ? loopback(url.port) : TRY(resolve_host(url, AI_PASSIVE));
  std::vector<Fd> listeners;
  base::Error last{Kind::unavailable, what, "the host has no address"};
  for (Address& address : addresses) {
    const bool port_was_ours_to_choose = url.port == 0 && !listeners.empty();
    if (port_was_ours_to_choose) set_port(address, local_port(listeners.front().get()));
    auto listener = listen_at(address, socket_type(url), what);
    if (listener) {
      listeners.push_back(std::move(*listener));
      continue;
    }
    const int code = listener.error().code;
    if (!family_is_missing(code) && !(port_was_ours_to_choose && code == EADDRINUSE))
      return tl::unexpected(std::move(listener.error()));
    last = std::move(listener.error());
  }
  if (listeners.empty()) return tl::unexpected(std::move(last));
  return listeners;
}

// Removes a socket file that nobody listens on any more.
Result<void> remove_stale(const Address& address, const Url& url, const std::string& what) {
  struct stat status {};
  if (::lstat(url.path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) return base::fail(Kind::cannot_create, what, "the file exists and is not a socket");
  const Fd probe = open_socket(AF_UNIX, socket_type(url));
  if (!probe) return fail_socket(errno, what);
  if (::connect(probe.get(), raw(address), raw_length(address)) == 0 || errno == EAGAIN || errno == EPROTOTYPE)
    return base::fail(Kind::unavailable, what, "address in use by another process");
  if (errno != ECONNREFUSED && errno != ENOENT) return fail_socket(errno, what);
  (void)::unlink(url.path.c_str());
  return {};
}

Result<std::vector<Fd>> listen_unix(const Url& url) {
  const std::string what = "listen on " + url.text();
  const Address address = TRY(unix_address(url));
  auto listener = listen_at(address, socket_type(url), what);
  if (!listener && listener.error().code == EADDRINUSE) {
    TRY(remove_stale(address, url, what));
    listener = listen_at(address, socket_type(url), what);
  }
  if (!listener) {
    if (listener.error().kind == Kind::unavailable) listener.error().kind = Kind::cannot_create;
    return tl::unexpected(std::move(listener.error()));
  }
  std::vector<Fd> listeners;
  listeners.push_back(std::move(*listener));
  return listeners;
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

Result<std::vector<Fd>> open_listeners(const Url& url) {
  if (is_unix(url)) return listen_unix(url);
  return listen_network(url);
}

Result<Fd> accept_stream(int listener, const Url& url) {
  for (;;) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) return Fd(fd);
    switch (errno) {
      case EAGAIN:
        return Fd();
      // The connection was gone before it was taken (accept(2), ERRORS); there may be others.
      case EINTR:
      case ECONNABORTED:
      case EPROTO:
      case ENETDOWN:
      case ENETUNREACH:
      case EHOSTDOWN:
      case EHOSTUNREACH:
      case ENONET:
      case EPERM:
        continue;
      default:
        return base::fail_errno(Kind::io, errno, "accept connections on " + url.text());
    }
  }
}

void unlink_listener(const Url& url) {
  if (is_unix(url)) (void)::unlink(url.path.c_str());
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

Result<std::vector<Address>> resolve(const Url& url) {
  if (!url.inherited_name().empty())
    return base::fail(Kind::usage, "connect to " + url.text(), "fd= is only for listening");
  if (is_unix(url)) return std::vector{TRY(unix_address(url))};
  if (url.port == 0) return base::fail(Kind::usage, "connect to " + url.text(), "port 0 is only for listening");
  if (url.host.empty()) return loopback(url.port);
  return resolve_host(url, 0);
}

Result<Fd> start_connect(const Address& address, const Url& url) {
  const std::string what = "connect to " + url.text();
  Fd fd = open_socket(address.family, socket_type(url));
  if (!fd) return fail_socket(errno, what);
  if (address.family != AF_UNIX && socket_type(url) == SOCK_STREAM) {
    set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  }
  if (::connect(fd.get(), raw(address), raw_length(address)) != 0 && errno != EINPROGRESS && errno != EINTR)
    return fail_socket(errno, what);
  return fd;
}

Result<void> connect_result(int fd, const Url& url) {
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
  if (error != 0) return fail_socket(error, "connect to " + url.text());
  return {};
}

Result<void> set_keepalive(int fd, base::Duration idle) {
  constexpr int kQuestions = 3;
  int domain = 0;
  socklen_t length = sizeof domain;
  const auto set = [fd](int level, int name, int value) {
    return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
  };
  bool done = ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0;
  if (done && domain == AF_UNIX) return {};
  done = done && set(SOL_SOCKET, SO_KEEPALIVE, idle > base::Duration::zero() ? 1 : 0);
  if (done && idle > base::Duration::zero()) {
    const auto seconds = static_cast<int>(std::chrono::ceil<std::chrono::seconds>(idle).count());
    done = set(IPPROTO_TCP, TCP_KEEPIDLE, seconds) && set(IPPROTO_TCP, TCP_KEEPCNT, kQuestions) &&
           set(IPPROTO_TCP, TCP_KEEPINTVL, std::max(seconds / kQuestions, 1));
  }
  if (!done) return base::fail_errno(Kind::io, errno, "set up keepalive");
  return {};
}

Result<std::size_t> unacknowledged_bytes(int fd) {
  int bytes = 0;
  if (::ioctl(fd, SIOCOUTQ, &bytes) != 0) return base::fail_errno(Kind::io, errno, "ask for unacknowledged bytes");
  return static_cast<std::size_t>(bytes);
}

}  // namespace net
