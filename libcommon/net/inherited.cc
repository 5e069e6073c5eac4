#include "net/inherited.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "net/socket.h"

namespace net {
namespace {

using base::Kind;
using base::Result;

int option(int fd, int level, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  return ::getsockopt(fd, level, name, &value, &length) == 0 ? value : 0;
}

// Of a socket that connections or datagrams come in on; empty for everything else.
std::string kind_of(int fd) {
  const int domain = option(fd, SOL_SOCKET, SO_DOMAIN);
  const int type = option(fd, SOL_SOCKET, SO_TYPE);
  const bool stream = type == SOCK_STREAM && option(fd, SOL_SOCKET, SO_ACCEPTCONN) != 0;
  if (!stream && type != SOCK_DGRAM) return {};
  if (domain == AF_UNIX) return stream ? "unix" : "unixgram";
  if (domain == AF_INET || domain == AF_INET6) return stream ? "tcp" : "udp";
  return {};
}

// The kind that a URL listens on.
std::string_view kind_of(const Url& url) {
  if (!url.is_network() || url.scheme == "udp") return url.scheme;
  return "tcp";
}

// ":514" of "0.0.0.0:514" and "[::]:514"; empty for an address of this machine only.
std::string_view port_of_any(std::string_view address) {
  for (const std::string_view any : {"0.0.0.0:", "[::]:"})
    if (address.starts_with(any)) return address.substr(any.size() - 1);
  return {};
}

bool is_same_file(const std::string& one, const std::string& other) {
  struct stat first {};
  struct stat second {};
  return ::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

// As local_address() writes them. Port 0 asks for a socket that nobody else has.
Result<std::vector<std::string>> addresses_of(const Url& url) {
  if (!url.is_network()) return std::vector{url.path};
  std::vector<std::string> texts;
  if (!url.inherited_name().empty() || url.port == 0) return texts;
  for (const Address& address : TRY(resolve(url))) texts.push_back(address.text());
  return texts;
}

}  // namespace

std::string InheritedSockets::Socket::text() const {
  return "'" + name + "' (" + (kind.empty() ? "which does not listen" : kind) + (address.empty() ? "" : " " + address) +
         ")";
}

bool InheritedSockets::Socket::is_at(const std::string& wanted) const {
  if (address.empty()) return false;
  if (address == wanted) return true;
  if (kind == "unix" || kind == "unixgram") return is_same_file(address, wanted);
  const std::string_view port = port_of_any(address);
  return !port.empty() && port == port_of_any(wanted) && !(v6only && wanted.front() != '[');
}

bool InheritedSockets::Socket::is_for(const Url& url, const std::vector<std::string>& addresses) const {
  if (kind != kind_of(url)) return false;
  const std::string_view asked = url.inherited_name();
  if (!asked.empty()) return asked == name;
  return std::ranges::any_of(addresses, [this](const std::string& wanted) { return is_at(wanted); });
}

void InheritedSockets::add(base::Fd fd, std::string name) {
  const int number = fd.get();
  (void)::fcntl(number, F_SETFD, FD_CLOEXEC);
  (void)::fcntl(number, F_SETFL, ::fcntl(number, F_GETFL) | O_NONBLOCK);
  std::string kind = kind_of(number);
  std::string address = kind.empty() ? "" : local_address(number);
  const bool v6only = option(number, IPPROTO_IPV6, IPV6_V6ONLY) != 0;
  sockets_.push_back({std::move(fd), std::move(name), std::move(kind), std::move(address), v6only});
}

Result<Listening> InheritedSockets::listen(const Url& url) {
  Listening listening{{}, true};
  const auto addresses = sockets_.empty() ? std::vector<std::string>() : TRY(addresses_of(url));
  for (Socket& socket : sockets_) {
    if (!socket.fd || !socket.is_for(url, addresses)) continue;
    const int on = 1;
    if (socket.kind == "tcp") (void)::setsockopt(socket.fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    listening.sockets.push_back(std::move(socket.fd));
  }
  if (!listening.sockets.empty()) return listening;
  if (!url.inherited_name().empty())
    return base::fail(Kind::config, "listen on " + url.text(),
                      "no " + std::string(kind_of(url)) +
                          " socket of this name was inherited; see FileDescriptorName= in "
                          "systemd.socket(5)");
  return Listening{TRY(open_listeners(url)), false};
}

Result<void> InheritedSockets::check(const std::vector<Url>& urls) const {
  std::vector<bool> wanted;
  for (const Socket& socket : sockets_) wanted.push_back(!socket.fd);
  for (const Url& url : urls) {
    const auto addresses = sockets_.empty() ? std::vector<std::string>() : TRY(addresses_of(url));
    for (std::size_t i = 0; i < sockets_.size(); ++i) wanted[i] = wanted[i] || sockets_[i].is_for(url, addresses);
  }
  const auto lost = static_cast<std::size_t>(std::ranges::find(wanted, false) - wanted.begin());
  if (lost == wanted.size()) return {};
  return base::fail(Kind::config, "use inherited socket " + sockets_[lost].text(),
                    "no source is for it; name one by the same address, or by SCHEME://fd=NAME");
}

std::vector<std::string> InheritedSockets::untaken() const {
  std::vector<std::string> texts;
  for (const Socket& socket : sockets_)
    if (socket.fd) texts.push_back(socket.text());
  return texts;
}

}  // namespace net
