#include "event/notify.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/clock.h"

using namespace std::chrono_literals;

namespace {

// A service manager's end, at an abstract name.
struct Manager {
  std::string name = "logpipe-notify-test-" + std::to_string(::getpid());
  base::Fd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};

  Manager() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
  }

  // The next datagram; "" where there is none.
  std::string next() {
    char buffer[4096];
    const ssize_t count = ::recv(fd.get(), buffer, sizeof buffer, 0);
    return count < 0 ? "" : std::string(buffer, static_cast<std::size_t>(count));
  }
};

struct Notifying {
  Manager manager;
  event::Loop loop = std::move(*event::Loop::create());
  std::vector<std::string> reports;

  std::unique_ptr<event::Notifier> open(base::Duration watchdog = base::Duration::zero()) {
    auto notifier = event::Notifier::open(loop, {"@" + manager.name, watchdog},
                                          [this](base::Level, const std::string& text) { reports.push_back(text); });
    REQUIRE(notifier.has_value());
    return std::move(*notifier);
  }
};

}  // namespace

TEST_CASE("a service manager is told of each state") {
  Notifying test;
  const auto notifier = test.open();
  notifier->ready();
  notifier->status("12 messages");
  notifier->stopping();
  CHECK(test.manager.next() == "READY=1\n");
  CHECK(test.manager.next() == "STATUS=12 messages\n");
  CHECK(test.manager.next() == "STOPPING=1\n");
  CHECK(test.manager.next() == "");
}

TEST_CASE("reloading carries the time of the monotonic clock") {
  Notifying test;
  const auto before = base::now().time_since_epoch() / 1us;
  test.open()->reloading();
  const std::string text = test.manager.next();
  const std::string start = "RELOADING=1\nMONOTONIC_USEC=";
  REQUIRE(text.starts_with(start));
  const auto time = std::stoll(text.substr(start.size()));
  CHECK(time >= before);
  CHECK(time <= base::now().time_since_epoch() / 1us);
}

TEST_CASE("a status cannot hold another assignment") {
  Notifying test;
  test.open()->status("one\nREADY=1");
  CHECK(test.manager.next() == "STATUS=one\n");
}

TEST_CASE("signs of life come from the loop, at half of the watchdog's time") {
  Notifying test;
  const auto notifier = test.open(100ms);
  CHECK(test.manager.next() == "WATCHDOG=1\n");
  CHECK(test.manager.next() == "");
  const auto before = base::now();
  while (true) {
    test.loop.wait();
    const std::string text = test.manager.next();
    if (text.empty()) continue;
    CHECK(text == "WATCHDOG=1\n");
    break;
  }
  CHECK(base::now() - before >= 45ms);
}

TEST_CASE("what a busy manager has no room for is sent later, as it is then") {
  Notifying test;
  const auto notifier = test.open();
  std::size_t queued = 0;
  const std::string filler(100, 'x');
  const base::Fd other(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  socklen_t length = sizeof address;
  REQUIRE(::getsockname(test.manager.fd.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  while (::sendto(other.get(), filler.data(), filler.size(), 0, reinterpret_cast<const sockaddr*>(&address), length) >
         0)
    ++queued;
  notifier->ready();
  notifier->status("early");
  notifier->status("late");
  for (; queued > 0; --queued) CHECK(test.manager.next() == filler);
  std::string text;
  while ((text = test.manager.next()).empty()) test.loop.wait();
  CHECK(text == "READY=1\nSTATUS=late\n");
  CHECK(test.reports.empty());
}

TEST_CASE("a manager that is gone is reported once") {
  Notifying test;
  const auto notifier = test.open();
  test.manager.fd.reset();
  notifier->ready();
  notifier->stopping();
  REQUIRE(test.reports.size() == 1);
  CHECK(test.reports.front().starts_with("notify service manager at '@logpipe-notify-test-"));
}

TEST_CASE("a socket that no manager can have is an error") {
  auto loop = std::move(*event::Loop::create());
  CHECK(event::Notifier::open(loop, {"vsock:2:1234"}, nullptr).error().kind == base::Kind::config);
  CHECK(event::Notifier::open(loop, {"/" + std::string(200, 'x')}, nullptr).error().kind == base::Kind::config);
}
