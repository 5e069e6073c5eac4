#include "net/inherited.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "folder.h"
#include "net/socket.h"

using net::InheritedSockets;

namespace {

net::Url url(const std::string& text) {
  return *net::parse_url(text);
}

// A socket as a service manager would have opened it; its number is in `fd`.
struct Handed {
  int fd = -1;
  std::string address;  // as local_address() says

  Handed(InheritedSockets& to, const std::string& on, const std::string& name) {
    auto opened = net::open_listeners(url(on));
    REQUIRE_MESSAGE(opened.has_value(), on);
    base::Fd first = std::move(opened->front());
    fd = first.get();
    REQUIRE(::fcntl(fd, F_SETFD, 0) == 0);
    REQUIRE(::fcntl(fd, F_SETFL, 0) == 0);
    address = net::local_address(fd);
    to.add(std::move(first), name);
  }

  [[nodiscard]] std::string port() const { return address.substr(address.rfind(':')); }
};

bool gives(InheritedSockets& sockets, const std::string& on, int fd) {
  const auto listening = sockets.listen(url(on));
  REQUIRE_MESSAGE(listening.has_value(), listening.error().text());
  return listening->inherited && listening->sockets.size() == 1 && listening->sockets.front().get() == fd;
}

}  // namespace

TEST_CASE("an address listens on the inherited socket that is there") {
  InheritedSockets sockets;
  const Handed other(sockets, "tcp://127.0.0.1:0", "other");
  const Handed one(sockets, "tcp://127.0.0.1:0", "one");
  CHECK(gives(sockets, "tcp://" + one.address, one.fd));
  CHECK(sockets.untaken() == std::vector<std::string>{"'other' (tcp " + other.address + ")"});
}

TEST_CASE("an inherited socket is made non-blocking and close-on-exec") {
  InheritedSockets sockets;
  const Handed one(sockets, "udp://127.0.0.1:0", "one");
  CHECK((::fcntl(one.fd, F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(one.fd, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a socket of another kind at the same port is not taken") {
  InheritedSockets sockets;
  const Handed streams(sockets, "tcp://127.0.0.1:0", "streams");
  const auto listening = sockets.listen(url("udp://" + streams.address));
  REQUIRE(listening.has_value());
  CHECK_FALSE(listening->inherited);
  CHECK(gives(sockets, "tcp://" + streams.address, streams.fd));
}

TEST_CASE("every protocol of streams takes a stream socket") {
  for (const std::string scheme : {"tcp", "tls", "relp", "relps"}) {
    InheritedSockets sockets;
    const Handed one(sockets, "tcp://127.0.0.1:0", "one");
    CHECK(gives(sockets, scheme + "://" + one.address, one.fd));
  }
}

TEST_CASE("no host takes the sockets of this machine's addresses, and not that of all addresses") {
  InheritedSockets sockets;
  const Handed one(sockets, "tcp://127.0.0.1:0", "one");
  CHECK(gives(sockets, "tcp://" + one.port(), one.fd));
  const Handed all(sockets, "tcp://0.0.0.0:0", "all");
  CHECK_FALSE(sockets.check({url("tcp://" + all.port())}).has_value());
}

TEST_CASE("the any-addresses of both families mean the same where the socket takes both") {
  InheritedSockets sockets;
  const Handed v4(sockets, "tcp://0.0.0.0:0", "v4");
  CHECK(gives(sockets, "tcp://[::]" + v4.port(), v4.fd));
  if (!net::open_listeners(url("tcp://[::]:0"))) return;  // a machine without IPv6
  const Handed both(sockets, "tcp://[::]:0", "both");
  CHECK(gives(sockets, "tcp://0.0.0.0" + both.port(), both.fd));
  base::Fd fresh(::socket(AF_INET6, SOCK_STREAM, 0));
  const int on = 1;
  REQUIRE(::setsockopt(fresh.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0);
  REQUIRE(::listen(fresh.get(), 1) == 0);  // binds it to [::] and a free port
  const std::string address = net::local_address(fresh.get());
  sockets.add(std::move(fresh), "v6");
  CHECK_FALSE(sockets.check({url("tcp://0.0.0.0" + address.substr(address.rfind(':')))}).has_value());
  CHECK(sockets.check({url("tcp://" + address)}).has_value());
}

TEST_CASE("a name takes all sockets that have it and are of the kind") {
  InheritedSockets sockets;
  const Handed one(sockets, "tcp://127.0.0.1:0", "logcat@x.socket");
  const Handed two(sockets, "tcp://127.0.0.1:0", "logcat@x.socket");
  const Handed three(sockets, "udp://127.0.0.1:0", "logcat@x.socket");
  const auto listening = sockets.listen(url("relp://fd=logcat@x.socket"));
  REQUIRE(listening.has_value());
  REQUIRE(listening->sockets.size() == 2);
  CHECK(listening->sockets[0].get() == one.fd);
  CHECK(listening->sockets[1].get() == two.fd);
  CHECK(gives(sockets, "udp://fd=logcat@x.socket", three.fd));
}

TEST_CASE("a name that no socket of the kind has is an error") {
  InheritedSockets sockets;
  const Handed one(sockets, "udp://127.0.0.1:0", "one");
  const auto listening = sockets.listen(url("tls://fd=one"));
  REQUIRE_FALSE(listening.has_value());
  CHECK(listening.error().kind == base::Kind::config);
  CHECK(listening.error().text().starts_with("listen on tls://fd=one: no tcp socket of this name was inherited"));
  CHECK_FALSE(InheritedSockets().listen(url("unix:fd=one")).has_value());
}

TEST_CASE("a unix socket is told by its path, however that is written, or by its name") {
  const unit::Folder folder;
  const std::string& path = folder.path();
  InheritedSockets sockets;
  const Handed stream(sockets, "unix:" + path + "/s", "s");
  const Handed datagrams(sockets, "unixgram:" + path + "/d", "d");
  CHECK_FALSE(sockets.check({url("unix:" + path + "/s"), url("unix:" + path + "/d")}).has_value());
  CHECK(gives(sockets, "unix:" + path + "/../" + path.substr(5) + "/s", stream.fd));
  CHECK(gives(sockets, "unixgram:fd=d", datagrams.fd));
}

TEST_CASE("where nothing was inherited for an address, a new socket is opened") {
  InheritedSockets sockets;
  const Handed one(sockets, "tcp://127.0.0.1:0", "one");
  const auto listening = sockets.listen(url("tcp://127.0.0.1:0"));
  REQUIRE(listening.has_value());
  CHECK_FALSE(listening->inherited);
  CHECK(listening->sockets.size() == 1);
}

TEST_CASE("a socket that no address is for is an error that names it") {
  InheritedSockets sockets;
  const Handed one(sockets, "tcp://127.0.0.1:0", "one");
  const Handed two(sockets, "udp://127.0.0.1:0", "two");
  CHECK(sockets.check({url("tcp://fd=one"), url("udp://" + two.address)}).has_value());
  const auto lost = sockets.check({url("tcp://" + one.address), url("tcp://" + two.address)});
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().what == "use inherited socket 'two' (udp " + two.address + ")");
  CHECK(InheritedSockets().check({url("tcp://127.0.0.1:1")}).has_value());
}

TEST_CASE("a connection and what is no socket are for nobody") {
  InheritedSockets sockets;
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  const base::Fd far(pair[1]);
  sockets.add(base::Fd(pair[0]), "connection");
  sockets.add(base::Fd(::open("/dev/null", O_RDONLY)), "file");
  CHECK_FALSE(sockets.check({url("unix:fd=connection")}).has_value());
  CHECK(sockets.untaken() ==
        std::vector<std::string>{"'connection' (which does not listen)", "'file' (which does not listen)"});
}
