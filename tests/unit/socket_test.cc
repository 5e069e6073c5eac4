#include "net/socket.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "base/io.h"
#include "folder.h"

namespace {

net::Url url(std::string_view text) {
  return net::parse_url(text).value();
}

bool becomes(int fd, short events) {
  pollfd entry{fd, events, 0};
  return ::poll(&entry, 1, 5000) == 1;
}

net::Url address_of(const base::Fd& listener) {
  return url("tcp://" + net::local_address(listener.get()));
}

base::Fd connected(const net::Url& to) {
  const auto addresses = net::resolve(to);
  REQUIRE(addresses.has_value());
  auto fd = net::start_connect(addresses->front(), to);
  REQUIRE_MESSAGE(fd.has_value(), fd.error().text());
  REQUIRE(becomes(fd->get(), POLLOUT));
  return std::move(*fd);
}

base::Fd accepted(const base::Fd& listener, const net::Url& on) {
  REQUIRE(becomes(listener.get(), POLLIN));
  auto fd = net::accept_stream(listener.get(), on);
  REQUIRE(fd.has_value());
  return std::move(*fd);
}

}  // namespace

TEST_CASE("without a host a listener is on loopback, one port for both families") {
  const auto listeners = net::open_listeners(url("tcp://:0"));
  REQUIRE(listeners.has_value());
  const net::Url first = address_of(listeners->front());
  const net::Url last = address_of(listeners->back());
  CHECK(first.host == "127.0.0.1");
  CHECK(first.port != 0);
  CHECK(last.port == first.port);
  CHECK((last.host == "::1" || listeners->size() == 1));
}

TEST_CASE("a connection carries bytes and both ends know each other") {
  const auto listeners = net::open_listeners(url("tcp://127.0.0.1:0"));
  REQUIRE(listeners.has_value());
  const net::Url to = address_of(listeners->front());
  const base::Fd client = connected(to);
  CHECK(net::connect_result(client.get(), to).has_value());
  const base::Fd server = accepted(listeners->front(), to);
  CHECK(net::peer_address(server.get()) == net::local_address(client.get()));
  CHECK(net::peer_address(client.get()) == net::local_address(server.get()));

  REQUIRE(base::write_all(client.get(), "hello", "socket").has_value());
  REQUIRE(becomes(server.get(), POLLIN));
  char buffer[16];
  CHECK(base::read_some(server.get(), buffer, "socket")->bytes == 5);
  CHECK(net::unacknowledged_bytes(client.get()).value() == 0);
}

TEST_CASE("accepting where nobody waits gives nothing") {
  const auto listeners = net::open_listeners(url("tcp://127.0.0.1:0"));
  REQUIRE(listeners.has_value());
  const auto none = net::accept_stream(listeners->front().get(), url("tcp://:0"));
  REQUIRE(none.has_value());
  CHECK_FALSE(static_cast<bool>(*none));
}

TEST_CASE("everywhere in IPv6 takes IPv4 as well and shows it as such") {
  const auto listeners = net::open_listeners(url("tcp://[::]:0"));
  if (!listeners) return;  // a machine without IPv6
  const net::Url v4 = url("tcp://127.0.0.1:" + std::to_string(address_of(listeners->front()).port));
  const base::Fd client = connected(v4);
  const base::Fd server = accepted(listeners->front(), v4);
  CHECK(net::peer_address(server.get()).starts_with("127.0.0.1:"));
}

TEST_CASE("a port that is taken is unavailable, and the reason says so") {
  const auto first = net::open_listeners(url("tcp://127.0.0.1:0"));
  REQUIRE(first.has_value());
  const auto second = net::open_listeners(address_of(first->front()));
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().kind == base::Kind::unavailable);
  CHECK(second.error().why == "Address already in use");
}

TEST_CASE("a refused connection is told by connect_result") {
  net::Url to;
  {
    const auto listeners = net::open_listeners(url("tcp://127.0.0.1:0"));
    to = address_of(listeners->front());
  }
  const base::Fd client = connected(to);
  const auto result = net::connect_result(client.get(), to);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().text() == "connect to " + to.text() + ": Connection refused");
}

TEST_CASE("bytes that the peer does not read stay unacknowledged or in its kernel") {
  const auto listeners = net::open_listeners(url("tcp://127.0.0.1:0"));
  const net::Url to = address_of(listeners->front());
  const base::Fd client = connected(to);
  const base::Fd server = accepted(listeners->front(), to);
  const std::string block(1 << 20, 'x');
  bool full = false;
  while (!full) full = base::write_some(client.get(), block, "socket")->would_block;
  CHECK(net::unacknowledged_bytes(client.get()).value() > 0);
}

TEST_CASE("connecting to port 0 is refused") {
  CHECK(net::resolve(url("tcp://127.0.0.1:0")).error().kind == base::Kind::usage);
}

TEST_CASE("a host that is not there is named") {
  const auto result = net::resolve(url("tcp://no-such-host.invalid:1"));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().what == "resolve no-such-host.invalid");
}

TEST_CASE("a unix listener has mode 0666 less the umask, and its file can be removed") {
  const unit::Folder folder;
  const net::Url at = url("unix:" + (folder / "s"));
  const mode_t mask = ::umask(022);
  const auto listeners = net::open_listeners(at);
  ::umask(mask);
  REQUIRE(listeners.has_value());
  struct stat status {};
  REQUIRE(::stat(at.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0644);
  net::unlink_listener(at);
  CHECK(::stat(at.path.c_str(), &status) != 0);
}

TEST_CASE("a stale unix socket is replaced, a live one is not") {
  const unit::Folder folder;
  const net::Url at = url("unix:" + (folder / "s"));
  REQUIRE(net::open_listeners(at).has_value());  // closed at once; its file stays
  const auto live = net::open_listeners(at);
  REQUIRE(live.has_value());
  const auto second = net::open_listeners(at);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().kind == base::Kind::unavailable);
  CHECK(second.error().text() == "listen on " + at.text() + ": address in use by another process");
}

TEST_CASE("a unix listener does not replace a file") {
  const unit::Folder folder;
  std::ofstream(folder / "s") << "precious";
  const auto result = net::open_listeners(url("unix:" + (folder / "s")));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().why == "the file exists and is not a socket");
}

TEST_CASE("a unix path that is too long is refused with the limit") {
  const auto result = net::open_listeners(url("unix:/" + std::string(200, 'x')));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().why == "the path of a socket has 107 bytes at most");
}

TEST_CASE("a unix peer without a name is shown by the socket and its process") {
  const unit::Folder folder;
  const net::Url at = url("unix:" + (folder / "s"));
  const auto listeners = net::open_listeners(at);
  REQUIRE(listeners.has_value());
  const base::Fd client = connected(at);
  const base::Fd server = accepted(listeners->front(), at);
  CHECK(net::peer_address(server.get()) == at.path + " (process " + std::to_string(::getpid()) + ")");
  CHECK(net::peer_address(client.get()) == at.path);
}
