#include "net/socket.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace net {
namespace {

using base::Fd;
using base::Kind;
using base::Result;

constexpr int kBacklog = 512;

// The kind a failed socket call has: what is taken or unreachable may be there later.
auto fail_socket(int errnum, const std::string& what) {
  const bool allowed = errnum != EACCES && errnum != EPERM;
  return base::fail_errno(allowed ? Kind::unavailable : Kind::permission, errnum, what);
}

Fd open_socket(int family, int type) {
  return Fd(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void set_option(int fd, int level, int option, int value) {
  (void)::setsockopt(fd, level, option, &value, sizeof value);
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
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address.raw());
    set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr) ? 0 : 1);
  }
  const bool bound = ::bind(fd.get(), address.raw(), address.length()) == 0;
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
  std::vector<Address> addresses = TRY(resolve_for_listening(url));
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
  if (::connect(probe.get(), address.raw(), address.length()) == 0 || errno == EAGAIN || errno == EPROTOTYPE)
    return base::fail(Kind::unavailable, what, "address in use by another process");
  if (errno != ECONNREFUSED && errno != ENOENT) return fail_socket(errno, what);
  (void)::unlink(url.path.c_str());
  return {};
}

Result<std::vector<Fd>> listen_unix(const Url& url) {
  const std::string what = "listen on " + url.text();
  const Address address = TRY(resolve_for_listening(url)).front();
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

}  // namespace

Result<std::vector<Fd>> open_listeners(const Url& url) {
  if (is_unix(url)) return listen_unix(url);
  return listen_network(url);
}

Result<Fd> accept_stream(int listener, const Url& url) {
  for (;;) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      if (url.is_network()) set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
      return Fd(fd);
    }
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

Result<Fd> start_connect(const Address& address, const Url& url) {
  const std::string what = "connect to " + url.text();
  Fd fd = open_socket(address.family, socket_type(url));
  if (!fd) return fail_socket(errno, what);
  if (address.family != AF_UNIX && socket_type(url) == SOCK_STREAM) {
    set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  }
  if (::connect(fd.get(), address.raw(), address.length()) != 0 && errno != EINPROGRESS && errno != EINTR)
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
