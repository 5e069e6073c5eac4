#include "net/acknowledgement.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "base/fd.h"
#include "net/socket.h"

using net::AckCounter;

namespace {

struct Pair {
  base::Fd ours;
  base::Fd theirs;
};

void wait_for(int fd, short events) {
  pollfd entry{fd, events, 0};
  REQUIRE(::poll(&entry, 1, 10'000) == 1);
}

Pair tcp_pair() {
  auto listener = net::open_listeners(*net::parse_url("tcp://127.0.0.1:0"));
  REQUIRE(listener);
  const int number = listener->front().get();
  const auto url = *net::parse_url("tcp://" + net::local_address(number));
  auto ours = net::start_connect(net::resolve(url)->front(), url);
  REQUIRE(ours);
  wait_for(ours->get(), POLLOUT);
  wait_for(number, POLLIN);
  return {std::move(*ours), base::Fd(::accept(number, nullptr, nullptr))};
}

Pair unix_pair() {
  int fds[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  return {base::Fd(fds[0]), base::Fd(fds[1])};
}

void send_text(int fd, const std::string& text) {
  REQUIRE(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
}

void receive(int fd, std::size_t bytes) {
  std::string buffer(bytes, '\0');
  REQUIRE(::recv(fd, buffer.data(), bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes));
}

// Asks until the answer is `expected`; false when it never is. An ACK may be on its way.
bool becomes(const AckCounter& counter, std::uint64_t sent, std::optional<std::uint64_t> expected) {
  for (int tries = 0; tries < 1'000'000; ++tries)
    if (counter.acknowledged(sent) == expected) return true;
  return false;
}

}  // namespace

TEST_CASE("acknowledgement: nothing was written, nothing is counted") {
  const auto tcp = tcp_pair();
  CHECK(AckCounter::open(tcp.ours.get())->acknowledged(0) == 0U);
  const auto local = unix_pair();
  CHECK(AckCounter::open(local.ours.get())->acknowledged(0) == 0U);
}

TEST_CASE("acknowledgement: TCP counts what the peer's kernel took, read or not") {
  const auto pair = tcp_pair();
  const auto counter = AckCounter::open(pair.ours.get());
  send_text(pair.ours.get(), "0123456789");
  CHECK(becomes(*counter, 10, 10));
}

TEST_CASE("acknowledgement: what a peer read before it closed stays counted") {
  auto pair = tcp_pair();
  const auto counter = AckCounter::open(pair.ours.get());
  send_text(pair.ours.get(), "0123456789");
  receive(pair.theirs.get(), 10);
  pair.theirs.reset();
  wait_for(pair.ours.get(), POLLRDHUP);
  CHECK(counter->acknowledged(10) == 10U);
}

TEST_CASE("acknowledgement: after a reset nothing is counted, although the kernel had taken it") {
  auto pair = tcp_pair();
  const auto counter = AckCounter::open(pair.ours.get());
  send_text(pair.ours.get(), "0123456789");
  wait_for(pair.theirs.get(), POLLIN);
  pair.theirs.reset();  // with bytes unread
  wait_for(pair.ours.get(), POLLHUP);
  CHECK_FALSE(counter->acknowledged(10).has_value());
}

TEST_CASE("acknowledgement: a unix socket counts what the peer has read") {
  const auto pair = unix_pair();
  const auto counter = AckCounter::open(pair.ours.get());
  send_text(pair.ours.get(), "0123456789");
  CHECK(counter->acknowledged(10) == 0U);
  receive(pair.theirs.get(), 10);
  CHECK(counter->acknowledged(10) == 10U);
}

TEST_CASE("acknowledgement: a unix socket whose peer is gone counts nothing more") {
  auto pair = unix_pair();
  const auto counter = AckCounter::open(pair.ours.get());
  send_text(pair.ours.get(), "0123456789");
  pair.theirs.reset();
  CHECK_FALSE(counter->acknowledged(10).has_value());
}
